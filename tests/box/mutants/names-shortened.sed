# file: store.c
# what: a name may be shortened
# tests: box-life.bats names match whole
s/!is_generated\(entry->d_name\)/(false \&\& !is_generated(entry->d_name))/
