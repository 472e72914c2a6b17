# file: unpack/image.c
# what: a manifest may be an index, too (CVE-2021-41190)
# tests: box-unpack.bats wrong media types
s/ \|\| json_object_get\(manifest, "manifests"\)\)/)/
