# step: step4-pivot
# what: only / is made private: what is mounted below stays shared
s/MS_REC \| MS_PRIVATE/MS_PRIVATE/
