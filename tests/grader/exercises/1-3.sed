s/(\tmount\("proc")/\tmount(NULL, "\/", NULL, MS_REC | MS_PRIVATE, NULL);\n\1/
