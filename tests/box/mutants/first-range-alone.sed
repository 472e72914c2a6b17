# file: ids.c
# what: the first range that is lent is taken, whoever has its IDs
# tests: box-rootless.bats no ID that is a user
s/if \(is_anybodys\(part, others\)\)/if (is_anybodys(part, others) \&\& i > 0)/
