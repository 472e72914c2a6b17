# step: step4-pivot
# what: only / is made private; the mounts below it stay shared
s/MS_REC \| MS_PRIVATE/MS_PRIVATE/
