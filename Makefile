# Containers, step by step. `make help` says what there is.

SHELL := bash
CFLAGS ?= -O2
WARNINGS := -Wall -Wextra -Werror
.DEFAULT_GOAL := build

steps := $(basename $(wildcard step*/step*.c))
tools := build/chamber build/escape build/hog

# What sudo makes belongs to who called sudo.
root := $(filter 0,$(shell id -u))
give_back = $(if $(and $(root),$(SUDO_UID)),chown -h $(SUDO_UID):$(SUDO_GID) $(1))

## Learn

.PHONY: build doctor lab tour vm diff one-file versus demo panic casts
build: $(steps) $(tools) full/box build/lens build/rootfs ## everything: the steps, the tools and the root file system (the default)

doctor: ## what this machine has of what the lessons need, and what to do next
	@lab/doctor

lab: ## a shell in a throwaway fake host, where the lessons' commands are typed
	@lab/shell || [ $$? != 125 ] # the last command's status is no error of make's

tour: build ## all six steps and box in half a minute: run, look, break one brick of each
	@lab/tour

diff: ## what step N adds to the one before it: make diff STEP=4
	@lab/diff $(STEP)

one-file: ## step N as one file that builds anywhere: make one-file STEP=4 >container.c
	@lab/one-file $(STEP)

versus: build full/box ## step N's system calls beside crun's: make versus STEP=4 (or full; RUNTIME=runc)
	@lab/versus STEP=$(STEP)

vm: needs-vm build ## the lab in a throwaway machine, with a kernel of its own
	@lab/shell --vm || [ $$? != 125 ]

demo: build ## failures on cue: the list, or NAME=... to see one (LIVE=1 waits for your keys)
	@lab/demo $(if $(NAME),$(if $(LIVE),--live) "$(NAME)")

panic: ## end all that demos, labs and machines of this directory have left running
	@lab/panic

casts: needs-casts needs-vm build ## record every demo and the tour anew, in lab/casts/
	@lab/cast --all

## Do it yourself

.PHONY: start reset watch grade hint solution
start: ## a step to complete, in work/: make start STEP=3 (FROM=previous: without the TODOs)
	@lab/start "$(STEP)" $(FROM)

reset: ## begin a step anew, and keep a copy: make reset STEP=3 (or all)
	@lab/start --reset "$(STEP)" $(FROM)

watch: ## grade yours whenever you save it, on a screen with keys for help: make watch STEP=3
	@lab/watch "$(STEP)" $(SRC)

grade: ## what holds of yours, and what does not: make grade STEP=3 (SRC=file, EX=an exercise)
	@lab/grade $(if $(EX),--exercise) "$(STEP)" $(EX) $(SRC) || [ $$? != 125 ]

hint: ## what is wrong with yours; again: why; once more: what to write: make hint STEP=3
	@lab/hint "$(STEP)" $(SRC) || [ $$? != 125 ]

solution: ## yours beside ours, and why ours is so: make solution STEP=3
	@lab/solution "$(STEP)" $(SRC)

## Check

.PHONY: test proof lint bench fuzz
test: needs-test build ## every suite and lesson: here, and in the VM what can't run here (STEP=4: that step alone)
	@tests/run test $(STEP)

proof: needs-test needs-vm needs-lint build ## the rest: all in the VM, too, sanitizers, and wrong programs that a test has to notice
	@tests/run proof

lint: needs-lint needs-build ## what reading the sources tells: style, analyzers, spelling, links (CHECK=links)
	@tests/lint $(CHECK)

bench: needs-bench needs-vm build ## each step's time against the system calls alone
	@tests/bench/bench

fuzz: needs-fuzz build ## box's parsers, a minute each, on words that nobody would write
	@tests/fuzz/run

## Keep house

.PHONY: clean help workbench
workbench: ## copy step 1's workbench.h to the other steps
	@for step in $(filter-out step1-pid/,$(dir $(steps))); do cp step1-pid/workbench.h $$step; done

clean: ## remove what was built
	rm -rf build $(steps) full/box

help: ## this list
	@awk -F ':.*## ' '/^## / { print "\n" substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# ---- How ------------------------------------------------------------------------

# Static: the loader would take a sixth of their time.
.SECONDEXPANSION:
$(steps): %: %.c $$(dir %)workbench.h | needs-build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $<
	@$(call give_back,$@)

full/box: $(wildcard full/*.[ch]) full/Makefile | needs-build
	@$(MAKE) -s -C full
	@$(call give_back,$@ build)

# Static: they run in any root file system.
$(tools): build/%: lab/%.c | needs-build
	@mkdir -p build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $<
	@$(call give_back,build $@)

build/lens: $(wildcard lab/lens.d/*.[ch]) | needs-build
	@mkdir -p build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $(filter %.c,$^) -lm
	@$(call give_back,build $@)

# It knows by itself whether it is up to date.
.PHONY: build/rootfs
build/rootfs: $(tools) | needs-build
	@lab/rootfs busybox $@

.PHONY: needs-build needs-test needs-vm needs-casts needs-bench needs-fuzz needs-lint
needs-build needs-test needs-vm needs-casts needs-bench needs-fuzz needs-lint: needs-%:
	@lab/setup $*
