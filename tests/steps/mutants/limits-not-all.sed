# step: step5-cgroup
# what: the last limit, CPU time, is not written
# tests: brick:cgroup
s/i < LIMITS; i\+\+\)(\s*if \(put)/i < LIMITS - 1; i++)\1/
