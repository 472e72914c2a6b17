# file: bricks/profile.c
# what: an agent is asked about all calls, and so about sendmsg, by which box would tell it of the container
# tests: ../oci/oci.bats an agent is asked about execve
s/a->action\[SENDMSG\] == SECCOMP_RET_USER_NOTIF/false/
