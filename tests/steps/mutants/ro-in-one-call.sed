# step: step3-mount
# what: MS_BIND | MS_RDONLY in one call: the kernel ignores MS_RDONLY
# tests: mutant:ro
# places: 2
s/mount\(v->src, target, NULL, MS_BIND \| MS_REC, NULL\)(.*)if \(v->read_only\)/mount(v->src, target, NULL, MS_BIND | MS_REC | (v->read_only ? MS_RDONLY : 0), NULL)\1if (0)/
