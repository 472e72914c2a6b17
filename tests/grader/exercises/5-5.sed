
s/(\tchar values\[LIMITS\]\[32\];[^\n]*)/\1\n\tchar *high;/; s/(\.limits = \{ "64M", "64", "0.5" \})/\1, .high = "max"/; s/(\t\t\{ "pids", "N")/\t\t{ "memory-high", "SIZE", "slow down at so much (max)", \&c.high, false },\n\1/; s/(\tif \(\*c->values\[MEMORY\] != .m. &&\n\t    put)/\tif (put("slow down before the limit", cgroup, "memory.high", c->high) == -1)\n\t\tgive_up();\n\1/
