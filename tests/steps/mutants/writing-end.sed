# step: step1-pid
# what: the container keeps the write end of the pipe, so it never gets POLLHUP
s/closed = close\(go\[1\]\)/closed = 0/
