# step: step6-net
# what: the kernel's refusal is not looked at
s/told\(errno \? -1 : 0\)/told(0)/
