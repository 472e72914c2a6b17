# step: step6-net
# what: wrong prefix length
# tests: mutant:prefix
s/\.ifa_prefixlen = prefix/.ifa_prefixlen = 24/
