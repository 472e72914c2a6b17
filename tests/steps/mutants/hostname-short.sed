# step: step2-uts
# what: the last byte of the name is lost
s/sethostname\(c->hostname, strlen\(c->hostname\)\)/sethostname(c->hostname, strlen(c->hostname) - 1)/
