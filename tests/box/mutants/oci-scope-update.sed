# file: oci/state.c
# what: systemd is not told the limits of an update, and restores the earlier ones
# tests: ../oci/cgroups.bats each limit as a property
s/scope_update\(&c\) == -1 \? -1 : //
