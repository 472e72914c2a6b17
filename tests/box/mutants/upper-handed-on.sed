# file: store.c
# what: a container gets the upper directory of the one before
# tests: box-life.bats who still looks
s/(return rename_new\(store, c->id, store, ".spare\/old"\));/\1 == -1 ? -1 : renameat(store, ".spare\/old\/upper", store, ".spare\/upper");/
