# steps: 6
# what: eth0 is left down
# hint: up|interface
s/\tbring_up\(kernel, "eth0", htonl\(c->network \+ 2\), c->prefix\);\n//
