mkdir -p /tmp/step3/mine/{proc,sys,dev,tmp}; cp build/rootfs/bin/busybox /tmp/step3/mine/
