# step: step6-net
# what: the default route points to the container itself
s/uint32_t host = htonl\(c->network \+ 1\)/uint32_t host = htonl(c->network + 2)/
