# steps: 4
# what: no chdir after pivot_root: it stands in the old tree
# hint: chdir|stand in
# places: 2
s/(\n\tif \(with\("bind"\)\))/\n\tint here = open(".", O_PATH | O_CLOEXEC);\n\1/; s/DO\("stand in the new root", chdir\("\/"\)\);/fchdir(here);/
