# step: step6-net
# what: the prefix length is wrong
# tests: mutant:prefix
s/\.ifa_prefixlen = prefix/.ifa_prefixlen = 24/
