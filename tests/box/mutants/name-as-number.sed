# file: bricks/users.c
# what: --user 1000 finds a user whose name is 1000
# tests: box-cve.bats CVE-2016-3697
s/number \? line_id != id : strcmp\(field\[0\], user\) != 0/strcmp(field[0], user) != 0 \&\& !(number \&\& line_id == id)/
