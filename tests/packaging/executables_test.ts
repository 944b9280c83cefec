/**
 * The executables, made once for all of these modules: making them takes longer than most cases.
 */
import { removeExecutables } from "./executables.ts";

Deno.test.afterAll(removeExecutables);

await import("./build.ts");
await import("./smoke.ts");
await import("./compiled.ts");
await import("./unpacking.ts");
await import("./damage.ts");
await import("./leftovers.ts");
await import("./surroundings.ts");
await import("./traps.ts");
