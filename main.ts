/** The program: arguments in, exit code out. */
import { run } from "./src/commands/cli.ts";
import { systemIo } from "./src/commands/system_io.ts";

Deno.exit(await run(Deno.args, systemIo()));
