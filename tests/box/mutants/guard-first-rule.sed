# file: bricks/guard.c
# what: the first rule that fits decides
# tests: ../oci/cgroups.bats last rule
s/while \(r-- > first\) \{\n\t\temit_rule\(p, r\);\n\t\tif \(fits_all\(r\)\)\n\t\t\treturn true;\n\t\}/for (r = first; r->access; r++) {\n\t\temit_rule(p, r);\n\t\tif (fits_all(r))\n\t\t\treturn true;\n\t}/
