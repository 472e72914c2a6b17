# steps: 2
# what: the name has one byte too many
# hint: sethostname
s/sethostname\(c->hostname, strlen\(c->hostname\)\)/sethostname(strcat(strdup(c->hostname), "x"), strlen(c->hostname) + 1)/
