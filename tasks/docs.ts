/**
 * Writes the pages that are made from tables in the sources: `deno run -A tasks/docs.ts`.
 */
import { join } from "node:path";
import { referencePage } from "../src/config/reference.ts";
import { FEATURES } from "../src/transports/xmpp/features/all.ts";
import { withTable } from "../src/transports/xmpp/features/table.ts";

const docs = join(import.meta.dirname ?? ".", "..", "docs");
await Deno.writeTextFile(join(docs, "configuration.md"), referencePage());
console.log("docs/configuration.md");

const xmpp = join(docs, "xmpp.md");
await Deno.writeTextFile(xmpp, withTable(await Deno.readTextFile(xmpp), FEATURES));
console.log("docs/xmpp.md");
