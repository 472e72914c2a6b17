# steps: 6
# what: the subnet is always the same
# hint: 10\.6|address
s/(\tc->network = )ntohl\(network\.s_addr\)/\10x0a060000/
