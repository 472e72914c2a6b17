# step: step6-net
# what: the kernel's refusal is not looked at
s/noted\(errno \? -1 : 0\)/noted(0)/
