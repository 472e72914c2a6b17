# step: step3-mount
# what: /dev/tty is missing
s/, "\/dev\/tty" \}/ }/
