# steps: 1 2
# what: /proc is mounted before there is a namespace
# hint: before|outside|order
# places: 2
s/\tif \(with\("proc"\)\)\n\t\tDO\("let ps read our PIDs instead of the host's",\n\t\t   mount\("proc", "\/proc", "proc", ([^;]*)\);\n\n(.*\n\tprepare\(\);\n)/\2\tmount("proc", "\/proc", "proc", \1;\n/
