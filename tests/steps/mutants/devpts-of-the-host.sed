# step: step3-mount
# what: the container gets the host's devpts
s/mount\("devpts", "dev\/pts", "devpts", [^;]*\)\);/mount("\/dev\/pts", "dev\/pts", NULL, MS_BIND, NULL));/
