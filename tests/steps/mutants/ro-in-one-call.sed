# step: step3-mount
# what: MS_BIND | MS_RDONLY in one call: the kernel drops the second
# tests: mutant:ro
# places: 2
s/mount\(v->source, place, NULL, MS_BIND \| MS_REC, NULL\)(.*)if \(v->mode\)/mount(v->source, place, NULL, MS_BIND | MS_REC | (v->mode ? MS_RDONLY : 0), NULL)\1if (0)/
