# step: step3-mount
# what: the mounts below a :ro volume stay writable
# tests: mutant:ro
s/AT_EMPTY_PATH \| AT_RECURSIVE, attributes/AT_EMPTY_PATH, attributes/
