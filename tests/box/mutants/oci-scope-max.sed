# file: bricks/scope.c
# what: systemd is told max, which it does not know
# tests: ../oci/cgroups.bats each limit as a property
s/strcmp\(s->value, "max"\) == 0 \? "infinity" : //
