/**
 * Writes the pages that are made from tables in the sources: `deno run -A tasks/docs.ts`.
 */
import { join } from "node:path";
import { referencePage } from "../src/config/reference.ts";

const path = join(import.meta.dirname ?? ".", "..", "docs", "configuration.md");
await Deno.writeTextFile(path, referencePage());
console.log("docs/configuration.md");
