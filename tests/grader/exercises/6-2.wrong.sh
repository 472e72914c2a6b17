build/rootfs/bin/busybox nc -ll -p 8080 -e build/rootfs/bin/busybox nc 10.6.0.1 80
