import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { exceedsBytes } from "../../src/message/utf8.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };

Deno.test("utf8: counts what encoding gives", hermetic, () => {
  const edges = fc.constantFrom(
    ..."a\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff",
    "\ud800",
    "\udbff",
    "\udc00",
    "\udfff",
    "\ud800\udc00",
    "\udbff\udfff",
  );
  fc.assert(
    fc.property(fc.array(edges, { maxLength: 12 }).map((units) => units.join("")), (text) => {
      const bytes = Buffer.byteLength(text, "utf8");
      for (let limit = 0; limit <= bytes + 3; limit++) {
        assert.equal(exceedsBytes(text, limit), bytes > limit, `${limit} of ${bytes}`);
      }
    }),
    { numRuns: 1000 },
  );
});
