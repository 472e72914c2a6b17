// state.mjs IMAGE DIRECTORY - boot the machine with the initrd in DIRECTORY, and save it as it waits at lab#: state.bin, and
// what its terminal shows then, screen.json. With BOOT_LOG=1 in the environment, show what the machine says meanwhile.
import fs from "node:fs";
import path from "node:path";
import { Machine, PAGE } from "./machine.mjs";

const [image, to] = process.argv.slice(2);
const machine = new Machine({ image, guest: to });

if (process.env.BOOT_LOG)
	machine.readers[PAGE].push((bytes) => process.stderr.write(bytes));
await machine.waitFor(PAGE, /booted\n/);
await machine.waitFor(0, /lab# $/);
await machine.ask("run /lib/lab/rest");
await new Promise((resolve) => setTimeout(resolve, 2000)); // let the machine come to rest
fs.writeFileSync(path.join(to, "state.bin"), new Uint8Array(await machine.emulator.save_state()));
fs.writeFileSync(path.join(to, "screen.json"), JSON.stringify(machine.text[0]));
machine.close();
process.exit(0);
