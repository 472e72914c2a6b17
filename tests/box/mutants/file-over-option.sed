# file: cli/run.c
# what: a variable of --env-file replaces one of --env
# tests: box-docker.bats env-file
s/(from_image, )from_files, s->process\.env/\1s->process.env, from_files/
