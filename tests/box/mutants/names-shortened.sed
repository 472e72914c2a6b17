# file: store.c
# what: a name can be shortened
# tests: box-life.bats names match whole
s/!is_generated\(entry->d_name\)/(false \&\& !is_generated(entry->d_name))/
