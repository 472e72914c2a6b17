# step: step3-mount
# what: what is mounted below a :ro volume can be written to
# tests: mutant:ro
s/AT_EMPTY_PATH \| AT_RECURSIVE, read_only/AT_EMPTY_PATH, read_only/
