# steps: 1 2 3 4 5 6
# what: it ends without waiting for the container
# hint: wait
s/\n\tdo \{\n\t\tnumber = sigwaitinfo/\n\treturn 0;\n\tdo {\n\t\tnumber = sigwaitinfo/
