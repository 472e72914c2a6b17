# step: step1-pid
# what: the container keeps the writing end, and so never sees a POLLHUP
s/closed = close\(go\[1\]\)/closed = 0/
