# step: step3-mount
# what: /tmp is for root alone
s/"mode=1777"/"mode=755"/
