# file: life/store.c
# what: a container's log is kept for the next one
# tests: box-life.bats the next container finds nothing
s/"state.json.new", "log", /"state.json.new", /
