# file: life/record.c
# what: the filter of an exec asks nobody
# tests: ../oci/oci.bats a filter can ask an agent
s/if \(json_is_string\(json_object_get\(box, "agent"\)\)\)/if (0)/
