# file: bricks/scope.c
# what: why systemd creates no scope is lost
# tests: ../oci/cgroups.bats what systemd says
s/\*text \? text : "it has ended"/"it has ended"/
