# file: cli/cp.c
# what: docker's - in box cp is the name of a file
# tests: box-manage.bats cp: a directory is not copied into itself
s/strcmp\(words\[from \? 1 : 0\], "-"\) == 0/false/
