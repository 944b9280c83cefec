import assert from "node:assert/strict";
import { type Actor, mayEdit, mayRedact } from "../../src/history/revisions.ts";
import { test } from "../harness/test.ts";

const [ALICE, BOB] = ["alice@n", "bob@n"];
const [HERE, THERE] = ["here", "there"];

const CASES: readonly {
  by: Actor<string>;
  of: Actor<string>;
  edit: boolean;
  redact: boolean;
  why: string;
}[] = [
  {
    by: { sender: ALICE, device: THERE },
    of: { sender: ALICE, device: HERE },
    edit: true,
    redact: true,
    why: "one's own, from wherever",
  },
  {
    by: { sender: BOB, device: HERE },
    of: { sender: ALICE, device: HERE },
    edit: false,
    redact: true,
    why: "an administrator of this node redacts and never edits",
  },
  {
    by: { sender: BOB, device: HERE },
    of: { sender: ALICE, device: THERE },
    edit: false,
    redact: true,
    why: "an administrator of this node redacts what came from elsewhere",
  },
  {
    by: { sender: BOB, device: THERE },
    of: { sender: ALICE, device: THERE },
    edit: false,
    redact: true,
    why: "the node that recorded a message vouches for its redaction",
  },
  {
    by: { sender: BOB, device: THERE },
    of: { sender: ALICE, device: HERE },
    edit: false,
    redact: false,
    why: "another node may not redact what was said here",
  },
  {
    by: { sender: BOB, device: undefined },
    of: { sender: ALICE, device: undefined },
    edit: false,
    redact: false,
    why: "no device vouches for events of other programs",
  },
];

for (const { by, of, edit, redact, why } of CASES) {
  test(`${by.sender} of ${by.device} on ${of.sender} of ${of.device}`, () => {
    assert.equal(mayEdit(by, of), edit);
    assert.equal(mayRedact(by, of, HERE), redact);
  }, { why });
}

test("without a device of one's own nobody is trusted more", () => {
  const foreign = { sender: BOB, device: undefined };
  assert.equal(mayRedact(foreign, { sender: ALICE, device: HERE }, undefined), false);
});
