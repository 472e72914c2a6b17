# file: bricks/ids.c
# what: a container may get an ID below 65536 that no user has yet
# tests: box-rootless.bats no ID that is a user
s/if \(part->first < PART\)/if (part->first == 0)/
