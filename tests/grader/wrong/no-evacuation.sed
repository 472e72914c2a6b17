# steps: 5v
# tests: brick:evacuate
# what: the processes stay in the way
# hint: leaf|enable controllers
s/\t\tevacuate\(root\);\n/\t\tgive_up();\n/
