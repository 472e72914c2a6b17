
s/(\treturn become\(c->command\);)/\tprctl(PR_CAPBSET_DROP, 18);\n\1/
