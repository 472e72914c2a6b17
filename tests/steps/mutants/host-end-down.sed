# step: step6-net
# what: the host's end of the veth pair stays down
s/bring_up\(kernel, c->cable, htonl\(c->network \+ 1\), c->prefix\);//
