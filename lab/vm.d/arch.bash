# shellcheck shell=bash
#
# arch.bash - what differs between the architectures of the lab's machine. Sourcing it only defines a table and functions.

# Columns: Debian's name; the kernel's and QEMU's name (uname -m); the number in its ELF files; Debian's package of QEMU;
# QEMU's machine; its CPU where QEMU emulates it; the console. A CPU with fewer features has less state to save at each fork(2).
architectures='
amd64 x86_64  3e qemu-system-x86 q35  qemu64,+rdrand ttyS0
arm64 aarch64 b7 qemu-system-arm virt cortex-a72     ttyAMA0
'

# choose_arch NAME: set arch, processor, elf, package, board, cpu and console to the row of NAME, which is in one of the first two
# columns; and compiler to a C compiler for it. False if there is no such row.
# shellcheck disable=SC2034 # for the programs that source this file
choose_arch() {
	read -r arch processor elf package board cpu console < <(awk -v name="$1" '$1 == name || $2 == name' <<<"$architectures") || return
	compiler=cc
	! is_foreign || compiler=$processor-linux-gnu-gcc
}

# True if this computer has another processor.
is_foreign() {
	[[ $processor != "$(uname -m)" ]]
}
