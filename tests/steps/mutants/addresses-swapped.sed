# step: step6-net
# what: the container gets the first address, the host the second
# places: 2
s/htonl\(c->network \+ 1\), c->prefix\)(.*)htonl\(c->network \+ 2\)/htonl(c->network + 2), c->prefix)\1htonl(c->network + 1)/
