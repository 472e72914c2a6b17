# file: store.c
# what: what a container said stays until the next one runs
# tests: box-life.bats the next container finds nothing
s/"state.json.new", "log", /"state.json.new", /
