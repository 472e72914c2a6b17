# step: step3-mount
# what: what is mounted below a :ro volume can be written to
# tests: mutant:ro
s/AT_EMPTY_PATH \| AT_RECURSIVE, attributes/AT_EMPTY_PATH, attributes/
