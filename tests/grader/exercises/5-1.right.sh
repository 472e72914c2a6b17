step5-cgroup/step5-cgroup --memory 32M build/rootfs sh -c 'exec hog 64'; echo $?
