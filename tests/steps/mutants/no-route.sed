# step: step6-net
# what: there is no default route
s/if \(ask\(kernel, "send what is for elsewhere[^;]*;/(void)route;/; s/\(void\)route;\s*done\(-1\);/(void)route;/
