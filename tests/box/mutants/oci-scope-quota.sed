# file: bricks/scope.c
# what: systemd rounds the quota down to whole percents
# tests: ../oci/cgroups.bats each limit as a property
s/quota \* 10000 \/ period % 100/0LL/
