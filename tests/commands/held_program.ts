/** Writes while its stderr is held, and lets go of it when it is told so. */
import { systemIo } from "../../src/commands/system_io.ts";

const { stderr } = systemIo();
await stderr.write("before\n");
const release = stderr.hold();
await stderr.write("during\n");
await stderr.write("x".repeat(100_000));
if (Deno.args[0] === "release") await release();
