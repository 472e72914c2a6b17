# file: bricks/profile.c
# what: an agent is asked about sendmsg, if only with certain arguments, by which box would tell it of the container
# tests: ../oci/oci.bats an agent is asked about execve
s/action == SECCOMP_RET_USER_NOTIF && strcmp/false \&\& strcmp/
