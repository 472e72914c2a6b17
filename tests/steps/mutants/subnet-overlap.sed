# step: step6-net
# what: a subnet that overlaps with one in use is accepted
s/snprintf\(user, sizeof user, "%s", i->ifa_name\)/(void)0/
