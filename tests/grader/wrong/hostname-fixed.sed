# steps: 2 3 4
# what: every container is called container
# hint: sethostname
s/sethostname\(c->hostname, strlen\(c->hostname\)\)/sethostname("container", 9)/
