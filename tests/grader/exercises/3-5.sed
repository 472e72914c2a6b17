s/(\treturn become_command\(c\);)/\tprctl(PR_CAPBSET_DROP, 18);\n\1/
