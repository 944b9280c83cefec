/** What programs can read in docs/client.md is what `--json` writes. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../src/ui/terminal/session_event.ts";
import { test } from "../../harness/test.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Each kind that a session tells; the compiler wants all of them here. */
const KINDS: Readonly<Record<Exclude<SessionEvent["kind"], "event">, true>> = {
  ...{ online: true, offline: true, member: true, presence: true, typing: true, receipt: true },
  ...{ seen: true, room: true, contact: true, request: true, invitation: true, notice: true },
  ...{ skipped: true, lost: true, file: true },
};

test("JSON: every type of line is documented, and every documented one is written", async () => {
  const page = await Deno.readTextFile(new URL("docs/client.md", ROOT));
  const documented = new Set(page.match(/(?<=`)chatnode\.[a-z]+(?=`)/g));
  const written = new Set(Object.keys(KINDS).map((kind) => `chatnode.${kind}`));
  for (const file of ["json_pipe.ts", "json_questions.ts"]) {
    const source = await Deno.readTextFile(new URL(`src/ui/terminal/${file}`, ROOT));
    for (const type of source.match(/(?<=")chatnode\.[a-z]+(?=")/g) ?? []) written.add(type);
  }
  assert.deepEqual([...documented].toSorted(), [...written].toSorted());
});
