# steps: 6
# what: no interface is brought up
# hint: up
s/\.ifi_flags = IFF_UP/.ifi_flags = 0/
