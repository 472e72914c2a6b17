# steps: 4 5 6
# what: pivot_root comes before the mounts, and /tmp hides the old root
# hint: too late|before|pivot|order
# places: 2
s/\tmake_tree\(c\);\n(.*)(\tsetenv\("PATH")/\1\tchdir("\/");\n\tmake_tree(c);\n\2/
