# steps: 1
# what: mounts are made private after the first of them is made
# hint: too late|before|order
# places: 2
s/(\tDO\("keep our mounts to ourselves"[^;]*;\n)(.*)(\treturn become\()/\2\1\n\3/
