# file: oci/life.c
# what: PID 1 is not told of the sockets that systemd has given
# tests: ../oci/oci.bats the sockets that systemd
s/LISTEN_PID=1/LISTEN_PID=7/
