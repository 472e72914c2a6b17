# file: cli/run.c
# what: a variable of --env-file replaces one of --env
# tests: box-docker.bats env-file
s/(for \(char \*\*pair = )from_files(; pair && \*pair; pair\+\+\)\n\t\tall = put_variable\(all, \*pair\);\n\tfor \(char \*\*pair = )s->process\.env/\1s->process.env\2from_files/
