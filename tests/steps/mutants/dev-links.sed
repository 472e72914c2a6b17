# step: step3-mount
# what: /dev/stdin is missing
s/\{ "\/proc\/self\/fd\/0", "dev\/stdin" \},//
