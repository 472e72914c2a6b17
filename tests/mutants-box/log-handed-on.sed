# file: state.c
# what: a container's log goes on with that of the one before
# tests: box-life.bats the next container finds nothing
s/"state.json.new", "log", /"state.json.new", /
