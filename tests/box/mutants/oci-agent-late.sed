# file: bricks/seccomp.c
# what: a filter that asks an agent is loaded when the container starts, and nobody is there to pass its listener on
# tests: ../oci/oci.bats a filter can ask an agent
s/\(!s->process.no_new_privs \|\| s->engine.agent\)/!s->process.no_new_privs/
