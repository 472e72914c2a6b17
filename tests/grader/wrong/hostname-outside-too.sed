# steps: 2 3
# what: the name is set on the host
# hint: sethostname|inside|outside
# places: 2
s/\tif \(with\("uts"\)\)\n\t\tDO_AS\("give the container[^;]*;\n//; s/(\n\tprepare\(\);\n)/\1\tsethostname(c->hostname, strlen(c->hostname));\n/
