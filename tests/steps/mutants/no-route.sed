# step: step6-net
# what: the default route is missing
s/if \(ask\(kernel, "route everything else[^;]*;/(void)route;/
