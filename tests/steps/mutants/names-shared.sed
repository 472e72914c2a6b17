# step: step5-cgroup
# what: two runs choose the same name
# tests: brick:cgroup
s/DO\("choose a name that nobody else has", getrandom\(&name, sizeof name, 0\)\)/name = 1/
