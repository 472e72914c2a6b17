# step: step4-pivot
# what: the container's own side fails with 1
s/_exit\(125\);(\s*\/\* what exit)/_exit(1);\1/
