# steps: 1 2 3 4 5 6
# what: the command is started without its words
# hint: all of its arguments
s/execvp\(\*command, command\);/execvp(*command, (char *[]){ *command, NULL });/
