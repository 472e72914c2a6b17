# file: net.c
# what: an nftables table of the host is taken for box's
# tests: box-net.bats a table of
s/if \(firewall_is_there\(reg\)\)/if (firewall_is_there(reg) \&\& false)/
