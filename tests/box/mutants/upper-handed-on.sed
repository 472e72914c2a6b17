# file: life/store.c
# what: a container gets the upper directory of the previous one
# tests: box-life.bats files of an ended
s/(if \(leads_to\(store, ".spare\/old", c->directory\)\)\n\t\treturn) 0;/\1 renameat(store, ".spare\/old\/upper", store, ".spare\/upper");/
