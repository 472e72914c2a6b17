# step: step6-net
# what: there is no default route
s/if \(ask\(kernel, "route everything else[^;]*;/(void)route;/
