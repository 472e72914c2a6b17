# file: state.c
# what: a container gets the upper directory of the one before, if that was left empty
# tests: box-life.bats who still looks
s/rename_directory\(c->directory, "spare\/upper", "upper", empty \? RENAME_EXCHANGE : RENAME_NOREPLACE\) == -1/(!empty \&\& rename_directory(c->directory, "spare\/upper", "upper", RENAME_NOREPLACE) == -1)/
