# file: life/agent.c
# what: an agent is told that a container is being created, when an exec asks
# tests: ../oci/oci.bats a filter can ask an agent
s/engine->first \? "running" : "creating"/"creating"/
