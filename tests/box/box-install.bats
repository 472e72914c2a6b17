#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for another shell; helpers.bash uses and sets them
#
# make install: what it installs, and that the man page and the completions know all that box's help lists. (tests/lint runs mandoc.)

load ../helpers
load box

export BOX_ROOT=/run/box-install # the chamber's own

setup_file() {
	export place=$BATS_FILE_TMPDIR/place
	[[ $LAB_WHERE != native ]] || make -s -C "$toolkit/full" install DESTDIR="$place" PREFIX=/usr >"$BATS_FILE_TMPDIR/said" 2>&1 || :
	export share=$place/usr/share
}

setup() {
	open_ledger
	needs native
}

teardown() { end_life; }

commands() { "$BOX" help | sed -n 's/^  \([a-z]*\) .*/\1/p'; }
options_of() { "$BOX" help "$1" | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE '\-\-[a-z-]+' || :; }

# pressed WORD...: the words that bash offers when you press Tab behind these
pressed() {
	bash --norc -c '. "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _box; printf "%s\n" "${COMPREPLY[@]}"' _ \
		"$share/bash-completion/completions/box" "$BOX" "$@" | sort
}

offers() {
	[[ $(pressed "$@") == "$wanted" ]] || fail "wanted: $wanted; offered: $(pressed "$@")"
}

@test "make install prints nothing, and installs three programs, the man page and completions" {
	[[ ! -s $BATS_FILE_TMPDIR/said ]] || fail "said: $(<"$BATS_FILE_TMPDIR/said")"
	run find "$place" ! -type d -printf '%P %m %l\n'
	[[ $(sort <<<"$output") == "usr/bin/box 755 
usr/bin/box-oci 777 box
usr/bin/box-unpack 755 
usr/share/bash-completion/completions/box 644 
usr/share/man/man1/box-oci.1 777 box.1
usr/share/man/man1/box.1 644 
usr/share/zsh/site-functions/_box 644 " ]] || fail 'wanted: these files'
	capture "$place/usr/bin/box" version
	[[ $status == 0 ]] || fail 'wanted: a box that runs'
	capture "$place/usr/bin/box-oci" --version
	[[ $status == 0 && $output == *commit* ]] || fail "wanted: the engines' box"
}

@test "the man page has each command with its usage, and each option, as the help has them" {
	local name option page=$share/man/man1/box.1 count
	(($(commands | wc -l) > 20)) || fail 'wanted: the commands'
	while read -r name; do
		grep -qE "^\.It Cm $name( Ar |\$)" "$page" || fail "wanted: the command $name"
		# From this command to the next, or to the end.
		sed -nE "/^\.It Cm $name( Ar |\$)/,/^\.It Cm $(commands | grep -A1 -x "$name" | tail -n +2 | grep . || echo none)( Ar|\$)|^\.Sh ENV/p" "$page" \
			>"$BATS_TEST_TMPDIR/part"
		while read -r option; do
			grep -qE -- "Fl ${option#-}( |\$)" "$BATS_TEST_TMPDIR/part" || fail "wanted: $option of $name"
		done < <(options_of "$name")
		count=$(grep -c '^\.It.* Fl -' "$BATS_TEST_TMPDIR/part") || :
		[[ $count == "$(options_of "$name" | wc -l)" ]] || fail "wanted: no other option of $name"
	done < <(commands)
	grep -q '^use this seccomp profile' "$page" || fail 'wanted: what an option does'
}

@test "bash completes commands, options, values, bricks and IDs" {
	local name wanted
	wanted=$(commands | sort)
	offers ''
	offers help ''
	for name in $(commands); do
		[[ -n $(options_of "$name") ]] || continue
		wanted=$(options_of "$name" | sort)
		offers "$name" -
	done
	wanted=$'--memory\n--memory-swap'
	offers run --name x --mem
	wanted=$'bridge\nhost\nnone'
	offers run --network ''
	offers run -it --network ''
	wanted=none
	offers run --network n
	wanted=$("$BOX" help run | sed -nE 's/^      ([a-z-]+) .*/\1/p' | grep -v ^- | sort)
	[[ $wanted == *seccomp* ]] || fail 'wanted: the bricks'
	offers run --without ''
	wanted=''
	offers run ''
	needs root
	box run -d --network none --name "$(random_name box)" "$ROOTFS" sleep 1000
	id=$output
	wanted=$id
	offers stop ''
	offers exec -it b
	wanted=''
	offers version ''
	remove "$id"
}

# zsh is no package that the lessons need. Where it is missing, the programs that cut its words out of the help are run alone.
@test "zsh's completion parses, and finds the commands and the options" {
	local file=$share/zsh/site-functions/_box of_commands of_options
	[[ $(head -n 1 "$file") == '#compdef box' ]] || fail 'wanted: the line that zsh looks for'
	! command -v zsh >/dev/null || zsh -n "$file" || fail 'wanted: no error'
	of_commands=$(sed -nE "s/.*\\\$box help 2.*sed -nE '([^']*)'.*/\1/p" "$file")
	of_options=$(sed -nE "s/.*sed -nE '([^']*--[^']*)' <<<.*/\1/p" "$file")
	[[ $("$BOX" help | sed -nE "$of_commands" | cut -d: -f1) == "$(commands)" ]] || fail 'wanted: the commands'
	[[ $("$BOX" help run | sed -nE "$of_options" | cut -d: -f1) == "$(options_of run)" ]] || fail 'wanted: the options'
	[[ $("$BOX" help run | sed -nE "$of_options" | grep '^--memory:') == '--memory:memory limit in bytes, or with k, m or g' ]] || fail 'wanted: what it does'
}
