# step: step6-net
# what: the kernel's error reply is ignored
s/told\(errno \? -1 : 0\)/told(0)/
