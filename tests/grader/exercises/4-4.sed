
s/SYS_pivot_root, ".", "tmp"/SYS_pivot_root, ".", "."/; s/(\t\tDO\("stand in the new root", chdir\("\/"\)\);\n\t\}\n)(\tif \(with\("pivot"\) && with\("detach"\)\)\n\t\tDO\("unmount[^;]*;\n)/\t}\n\2\tDO("stand in the new root", chdir("\/"));\n/; s/umount2\("\/tmp", MNT_DETACH\)/umount2(".", MNT_DETACH)/
