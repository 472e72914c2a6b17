#!/bin/sh
#
# start.sh - start the machine on Linux or macOS, in this terminal.
#
#   ./start.sh        as fast as this computer can
#   ./start.sh tcg    emulated: slower, and works where the first does not

# lab/vm --bundle puts in what the machine's architecture asks for.
processor=@PROCESSOR@ board=@BOARD@ cpu=@CPU@ serial=@CONSOLE@

cd "$(dirname "$0")" || exit 1
if ! command -v "qemu-system-$processor" >/dev/null; then
	echo "start.sh: this needs QEMU: no qemu-system-$processor in PATH (see README.txt)" >&2
	exit 1
fi

# The serial console knows nothing of the window it is shown in.
# shellcheck disable=SC2046
set -- "$1" $(stty size 2>/dev/null || echo 24 80)
console="${2:-24},${3:-80},${TERM:-vt100}"

machine() {
	"qemu-system-$processor" -M "$board" -accel "$@" -smp 2 -m 1G \
		-nodefaults -no-user-config -nic none -display none -no-reboot \
		-chardev stdio,id=console,mux=on,signal=off -serial chardev:console -mon chardev=console \
		-kernel vmlinuz -initrd initrd.img \
		-append "console=$serial quiet panic=-1 mitigations=off norandmaps nokaslr cgroup_no_v1=all psi=1 lab_console=$console" \
		-device virtio-serial-pci \
		-drive file=root.qcow2,format=qcow2,if=virtio,snapshot=on \
		-drive file=toolkit.tar,format=raw,if=virtio,snapshot=on \
		-drive file=swap.qcow2,format=qcow2,if=virtio,snapshot=on
}

echo "Starting the machine. To end it type exit, or Ctrl-A and then X."
# A hypervisor runs machines of the computer's own architecture only. macOS calls aarch64 arm64.
here=$(uname -m)
[ "$here" != arm64 ] || here=aarch64
if [ "$1" != tcg ] && [ "$here" = "$processor" ] && [ -w /dev/kvm ]; then
	machine kvm -cpu max && exit
elif [ "$1" != tcg ] && [ "$here" = "$processor" ] && [ "$(sysctl -n kern.hv_support 2>/dev/null)" = 1 ]; then
	machine hvf -cpu max && exit
fi
machine tcg,thread=multi -cpu "$cpu"
