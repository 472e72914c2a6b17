# steps: 6
# what: no network namespace
# hint: CLONE_NEWNET
s/flags \|= CLONE_NEWNET/flags |= 0/
