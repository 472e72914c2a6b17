step5-cgroup/step5-cgroup --memory 32M build/rootfs sh -c 'hog 64; echo status $?'; echo $?
