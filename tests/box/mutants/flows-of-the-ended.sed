# file: bricks/veth.c
# what: UDP flows still lead to a container that has ended
# tests: box-net.bats has ended, the host's own programs
s/(remove_bridge\(reg\);\n)\tforget_flows\(udp\);\n/\1/
