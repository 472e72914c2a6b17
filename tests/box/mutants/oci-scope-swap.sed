# file: bricks/scope.c
# what: systemd is told the limit of swap as that of memory
# tests: ../oci/cgroups.bats each limit as a property
s/"MemorySwapMax"/"MemoryMax"/
