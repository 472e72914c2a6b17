# file: base/copy.c
# what: box cp follows links that the container puts in the place of directories
# tests: box-manage.bats CVE-2018-15664
s/O_RDONLY \| O_DIRECTORY \| O_NOFOLLOW \| O_CLOEXEC/O_RDONLY | O_DIRECTORY | O_CLOEXEC/
