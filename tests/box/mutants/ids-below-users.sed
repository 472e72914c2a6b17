# file: ids.c
# what: an ID below 65536, which no user has yet, is a container's
# tests: box-rootless.bats no ID that is a user
s/if \(part->first < PART\)/if (part->first == 0)/
