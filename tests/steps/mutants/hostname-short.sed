# step: step2-uts
# what: the last byte of the hostname is lost
s/sethostname\(c->hostname, strlen\(c->hostname\)\)/sethostname(c->hostname, strlen(c->hostname) - 1)/
