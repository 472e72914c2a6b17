# step: step4-pivot
# what: an error on the container's side exits with 1
s/_exit\(125\);(\s*\/\* what exit)/_exit(1);\1/
