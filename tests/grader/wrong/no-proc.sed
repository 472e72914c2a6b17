# steps: 1 2 3 4 5 6
# what: no procfs of its own
# hint: let ps read our PIDs
s/if \(with\("proc"\)\)/if (0)/
