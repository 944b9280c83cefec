import assert from "node:assert/strict";
import { isMissingRuntime } from "../../tasks/compile.ts";
import { test } from "../harness/test.ts";

const ENDS = [
  {
    why: "the download failed",
    code: 1,
    stderr: "Download https://host/denort-x86_64.zip\nerror: Writing deno compile executable to " +
      "temporary file '/x'\n\nCaused by:\n    0: Setting up base binary.\n    1: error sending " +
      "request for url (https://host/denort-x86_64.zip): dns error",
    missing: true,
  },
  {
    why: "DENORT_BIN names nothing",
    code: 1,
    stderr: "error: Writing deno compile executable to temporary file '/x'\n\nCaused by:\n" +
      "    0: Could not find denort at '/nonexistent'",
    missing: true,
  },
  {
    why: "the download worked, something else did not",
    code: 1,
    stderr: 'Download https://host/denort-x86_64.zip\nerror: Module not found "file:///x.ts".',
    missing: false,
  },
  {
    why: "it worked",
    code: 0,
    stderr: "Download https://host/denort-x86_64.zip\nSetting up base binary",
    missing: false,
  },
];
for (const { why, code, stderr, missing } of ENDS) {
  test("only a missing runtime calls for the other executable", () => {
    assert.equal(isMissingRuntime({ code, stdout: "", stderr }), missing);
  }, { why });
}
