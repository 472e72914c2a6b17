# step: step3-mount
# what: a :ro volume is bound, but not made read-only
# tests: mutant:ro
s/if \(v->read_only\)/if (0)/
