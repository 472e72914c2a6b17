cpus() {
	read -r quota period </sys/fs/cgroup/cpu.max
	n=$(nproc)
	if [ "$quota" != max ] && [ $(((quota + period - 1) / period)) -lt "$n" ]; then
		n=$(((quota + period - 1) / period))
	fi
	echo "$n"
}
