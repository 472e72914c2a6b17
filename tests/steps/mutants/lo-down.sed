# step: step6-net
# what: lo stays down
# tests: mutant:lo-down
s/bring_up\(kernel, "lo", 0, 0\);//
