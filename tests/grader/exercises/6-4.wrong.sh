ip link add bridge type bridge
ip link set bridge up
for cable in $(ip -o link | grep -o 'step6-[0-9a-f]*'); do
	ip address flush dev "$cable"
	ip link set "$cable" master bridge
done
ip address add 10.6.0.1/29 dev bridge
for pid in $(pgrep -x sleep); do
	address=$(nsenter -t "$pid" -n ip -o -4 address show eth0 | awk '{ print $4 }')
	nsenter -t "$pid" -n true
done
