# steps: 5v
# tests: brick:evacuate
# what: the processes stay in the way
# hint: leaf|hand its controllers
s/\t\tevacuate\(root\);\n/\t\tdone(-1);\n/
