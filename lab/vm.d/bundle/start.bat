@echo off
rem start.bat - start the machine on Windows, in this window.
rem
rem   start.bat        as fast as this computer can
rem   start.bat tcg    emulated: slower, and works where the first does not

setlocal
cd /d "%~dp0"
set "PATH=%PATH%;%ProgramFiles%\qemu"
where qemu-system-@PROCESSOR@.exe >nul 2>nul
if errorlevel 1 (
	echo start.bat: this needs QEMU: no qemu-system-@PROCESSOR@.exe in PATH, see README.txt
	exit /b 1
)
set "accel=-accel tcg,thread=multi"
if not "%1"=="tcg" if "@PROCESSOR@"=="x86_64" set "accel=-accel whpx,kernel-irqchip=off %accel%"

echo Starting the machine. To end it type exit, or Ctrl-A and then X.
qemu-system-@PROCESSOR@.exe -M @BOARD@ %accel% -cpu @MODEL@ -smp 2 -m 1G ^
	-nodefaults -no-user-config -nic none -display none -no-reboot ^
	-chardev stdio,id=console,mux=on,signal=off -serial chardev:console -mon chardev=console ^
	-kernel vmlinuz -initrd initrd.img ^
	-append "console=@CONSOLE@ quiet panic=-1 mitigations=off norandmaps nokaslr cgroup_no_v1=all psi=1 lab_console=24,80,vt100" ^
	-device virtio-serial-pci ^
	-drive file=root.qcow2,format=qcow2,if=virtio,snapshot=on ^
	-drive file=toolkit.tar,format=raw,if=virtio,snapshot=on ^
	-drive file=swap.qcow2,format=qcow2,if=virtio,snapshot=on
