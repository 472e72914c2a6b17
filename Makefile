# Containers, step by step. `make help` lists all targets.

SHELL := bash
CFLAGS ?= -O2
WARNINGS := -Wall -Wextra -Werror
.DEFAULT_GOAL := build

steps := $(basename $(wildcard step*/step*.c))
tools := build/chamber build/escape build/hog

# What make creates under sudo belongs to the user who called sudo.
root := $(filter 0,$(shell id -u))
give_back = $(if $(and $(root),$(SUDO_UID)),chown -h $(SUDO_UID):$(SUDO_GID) $(1))

## Learn

.PHONY: build doctor lab tour vm diff one-file versus demo panic casts book book-serve tab tab-sources
build: $(steps) $(tools) full/box full/box-unpack build/lens build/rootfs ## build everything: the steps, the tools and the root file system (default)

doctor: ## check this machine: what the lessons need, and what to do next
	@lab/doctor

lab: ## open the lab: a shell in a throwaway fake host, for the lessons' commands
	@lab/shell || [ $$? != 125 ] # the status of the last command in the lab is not make's error

tour: build ## run all six steps and box in half a minute, each with and without one brick
	@lab/tour

diff: ## show what step N adds to the step before: make diff STEP=4
	@lab/diff $(STEP)

one-file: ## print step N as one file that builds anywhere: make one-file STEP=4 >container.c
	@lab/one-file $(STEP)

versus: build full/box ## compare step N's system calls with crun's: make versus STEP=4 (or full; RUNTIME=runc)
	@lab/versus STEP=$(STEP)

vm: needs-vm build ## open the lab in a throwaway virtual machine, with its own kernel
	@lab/shell --vm || [ $$? != 125 ]

demo: build ## list the demos, or play one: make demo NAME=oom (LIVE=1 waits for your keys)
	@lab/demo $(if $(NAME),$(if $(LIVE),--live) "$(NAME)")

panic: ## end all demos, labs and VMs that were started from this directory
	@lab/panic

casts: needs-casts needs-vm build ## record every demo and the tour again, in lab/casts/
	@lab/cast --all

book: needs-book ## make the course as a web book: open build/book/index.html
	@book/build

book-serve: | build/book/index.html ## serve that book at http://localhost:8000 (PORT=8000), on this machine only
	@echo "open http://localhost:$(or $(PORT),8000)/; Ctrl-C ends it" >&2
	@python3 -m http.server --bind 127.0.0.1 --directory build/book "$(or $(PORT),8000)"

build/book/index.html: | needs-book
	@book/build

tab: ## make the book with the lab inside: a Linux machine in the browser's tab
	@book/machine/build build/tab
	@book/build --lab build/tab

tab-sources: ## fetch the sources of all programs in the tab's machine: make tab-sources DIR=sources
	@book/machine/sources "$(or $(DIR),build/tab-sources)"

## Do it yourself

.PHONY: start reset watch grade hint solution
start: ## start your own step in work/: make start STEP=3 (FROM=previous: without TODOs)
	@lab/start "$(STEP)" $(FROM)

reset: ## start your step again, and keep a copy of the old one: make reset STEP=3 (or all)
	@lab/start --reset "$(STEP)" $(FROM)

watch: ## test your step whenever you save it, with keys for help: make watch STEP=3
	@lab/watch "$(STEP)" $(SRC)

grade: ## test your step: make grade STEP=3 (SRC=file, EX=an exercise)
	@lab/grade $(if $(EX),--exercise) "$(STEP)" $(EX) $(SRC) || [ $$? != 125 ]

hint: ## explain what is wrong; again: why; a third time: what to write: make hint STEP=3
	@lab/hint "$(STEP)" $(SRC) || [ $$? != 125 ]

solution: ## show your step beside ours, and the reasons for ours: make solution STEP=3
	@lab/solution "$(STEP)" $(SRC)

## Check

.PHONY: test proof engines lint bench fuzz
test: needs-test build ## run the suites and lessons here, or in the VM if this machine can't (STEP=4: only that step)
	@tests/run test $(STEP)

proof: build ## run everything else: all tests in the VM, sanitizers, wrong programs that a test must notice
	@lab/setup test vm arm64 lint watch engines book tab chromium firefox
	@tests/run proof

engines: build ## run box under container engines, in machines that have them
	@lab/setup test vm
	@tests/run engines

lint: needs-lint needs-build ## check the sources without running them: style, analyzers, spelling, links (CHECK=links)
	@tests/lint $(CHECK)

bench: needs-bench needs-vm build ## measure each step's time against the bare system calls
	@tests/bench/bench

fuzz: needs-fuzz build ## fuzz box's parsers, one minute each
	@tests/fuzz/run

## Keep house

.PHONY: clean help workbench
workbench: ## copy step 1's workbench.h to the other steps
	@for step in $(filter-out step1-pid/,$(dir $(steps))); do cp step1-pid/workbench.h $$step; done

clean: ## remove everything that was built
	rm -rf build $(steps) full/box full/box-unpack

help: ## print this list
	@awk -F ':.*## ' '/^## / { print "\n" substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# ---- How ------------------------------------------------------------------------

# Static, because the loader would take a sixth of their time.
.SECONDEXPANSION:
$(steps): %: %.c $$(dir %)workbench.h | needs-build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $<
	@$(call give_back,$@)

full/box: $(filter-out full/unpack/%,$(wildcard full/*/*.[ch])) full/Makefile | needs-build
	@$(MAKE) -s -C full box
	@$(call give_back,$@ build)

# Phony, because full/Makefile itself finds out whether it can build it. A machine without libarchive has box alone.
.PHONY: full/box-unpack
full/box-unpack: full/box | needs-build
	@[ ! -e /usr/include/archive.h ] || $(MAKE) -s -C full unpack
	@$(call give_back,build $$(ls full/box-unpack 2>/dev/null))

# Static, because they run in any root file system.
$(tools): build/%: lab/%.c | needs-build
	@mkdir -p build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $<
	@$(call give_back,build $@)

build/lens: $(wildcard lab/lens.d/*.[ch]) | needs-build
	@mkdir -p build
	$(CC) $(CFLAGS) $(WARNINGS) -static -o $@ $(filter %.c,$^) -ljansson -lm
	@$(call give_back,build $@)

# Phony, because lab/rootfs itself finds out whether it is up to date.
.PHONY: build/rootfs
build/rootfs: $(tools) | needs-build
	@lab/rootfs busybox $@

.PHONY: needs-build needs-test needs-vm needs-casts needs-bench needs-fuzz needs-lint needs-book
needs-build needs-test needs-vm needs-casts needs-bench needs-fuzz needs-lint needs-book: needs-%:
	@lab/setup $*
