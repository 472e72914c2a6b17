# steps: 6
# what: no cable is laid
# hint: cable
s/\tif \(with\("net"\) && with\("veth"\)\)\n\t\tconnect_outside\(c\);\n//
