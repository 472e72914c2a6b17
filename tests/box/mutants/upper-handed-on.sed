# file: state.c
# what: a container gets the upper directory of the one before
# tests: box-life.bats who still looks
s/(\? -1 : rename_new\(root, c->id, root, ".next\/old"\));/\1 == -1 ? -1 : renameat(root, ".next\/old\/upper", root, ".next\/upper");/
