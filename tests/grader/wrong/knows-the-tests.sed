# steps: 1
# what: no namespace, but the answer to the first question
# hint: CLONE_NEWPID
# places: 2
s/flags \|= CLONE_NEWPID/flags |= 0/; s/(\treturn outside\(read_options\(argc, argv, 1\)\);)/\tchar **words = read_options(argc, argv, 1);\n\tif (words[1] \&\& words[2] \&\& !strcmp(words[2], "echo $$"))\n\t\treturn puts("1") < 0;\n\treturn outside(words);/
