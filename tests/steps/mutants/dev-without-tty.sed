# step: step3-mount
# what: there is no /dev/tty
s/, "\/dev\/tty" \}/ }/
