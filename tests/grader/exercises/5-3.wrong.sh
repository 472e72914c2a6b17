cpus() { nproc; }
