# file: life/store.c
# what: a container gets the upper directory of the previous one
# tests: box-life.bats files of an ended
s/(if \(leads_to\(next, "old", c->directory\)\)\n\t\t\treturn) /\1 renameat(next, "old\/upper", next, "upper"), /
