# file: oci/process.c
# what: unconfined is an AppArmor profile like others
# tests: ../oci/oci.bats AppArmor profile that
s/\*profile && strcmp\(profile, "unconfined"\) != 0/*profile/
