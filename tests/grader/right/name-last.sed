# steps: 2 3 4 5 5v 6
# what: the hostname comes after the mounts
# places: 2
s/(\tif \(with\("uts"\)\)\n\t\tDO_AS\("give the container[^;]*;\n\n)(.*)(\treturn become\()/\2\1\3/
