# file: bricks/ids.c
# what: the first subordinate range is used, even if its IDs belong to somebody else
# tests: box-rootless.bats no ID that is a user
s/if \(is_anybodys\(part, others\)\)/if (is_anybodys(part, others) \&\& i > 0)/
