# file: bricks/bridge.c
# what: an nftables table of the host is taken for box's
# tests: box-net.bats a table of
s/if \(found == 1\)/if (found == 2)/
