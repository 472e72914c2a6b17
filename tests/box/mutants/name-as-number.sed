# file: users.c
# what: a user called 1000 is who --user 1000 means
# tests: box-cve.bats CVE-2016-3697
s/number \? line_id != id : strcmp\(field\[0\], user\) != 0/strcmp(field[0], user) != 0 \&\& !(number \&\& line_id == id)/
