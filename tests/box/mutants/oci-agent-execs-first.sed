# file: life/agent.c
# what: an agent is told that the process of an exec is the container's first
# tests: ../oci/oci.bats a filter can ask an agent
s/engine->first \? engine->first : c->pid/c->pid/
