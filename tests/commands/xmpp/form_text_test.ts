import assert from "node:assert/strict";
import {
  askForm,
  fieldText,
  type FieldValue,
  formText,
  readField,
} from "../../../src/commands/xmpp/form_text.ts";
import { oneLine } from "../../../src/commands/xmpp/one_line.ts";
import type { Form, FormField } from "../../../src/transports/xmpp/features/form.ts";
import { test } from "../../harness/test.ts";
import { answering } from "../../interop/xmpp/answers.ts";

function field(given: Partial<FormField> & Pick<FormField, "name">): FormField {
  return {
    type: "text-single",
    label: undefined,
    values: [],
    options: [],
    isRequired: false,
    ...given,
  };
}

function form(...fields: readonly FormField[]): Form {
  return { type: "form", title: undefined, instructions: undefined, fields, items: [] };
}

const COLOURS = [{ label: "Deep Red", value: "r" }, { label: undefined, value: "blue" }];

const words: readonly { why: string; type: string; text: string; value: FieldValue | undefined }[] =
  [
    {
      why: "a text, without the spaces around it",
      type: "text-single",
      text: " a b ",
      value: "a b",
    },
    { why: "a secret as it is", type: "text-private", text: " a ", value: " a " },
    { why: "yes", type: "boolean", text: "Yes", value: true },
    { why: "no", type: "boolean", text: "0", value: false },
    { why: "neither", type: "boolean", text: "perhaps", value: undefined },
    { why: "a choice by its name", type: "list-single", text: "deep red", value: "r" },
    { why: "a choice by its value", type: "list-single", text: "BLUE", value: "blue" },
    { why: "no choice", type: "list-single", text: "green", value: undefined },
    { why: "several", type: "list-multi", text: "blue, Deep Red", value: ["blue", "r"] },
    { why: "none of several", type: "list-multi", text: "", value: [] },
    { why: "one of them wrong", type: "list-multi", text: "blue, green", value: undefined },
    { why: "addresses", type: "jid-multi", text: "a@x, b@y\nc@z", value: ["a@x", "b@y", "c@z"] },
    { why: "lines", type: "text-multi", text: "a\nb", value: ["a", "b"] },
    { why: "a type that is not known", type: "colour", text: " red ", value: "red" },
  ];

for (const { why, type, text, value } of words) {
  test(`forms: ${why}`, () => {
    assert.deepEqual(readField(field({ name: "f", type, options: COLOURS }), text), value);
  });
}

test("forms: what a field holds, in a person's words", () => {
  const shown = (given: Partial<FormField>) => fieldText(field({ name: "f", ...given }));
  assert.equal(shown({ type: "list-multi", options: COLOURS, values: ["r", "x"] }), "Deep Red, x");
  assert.equal(shown({ type: "boolean", values: ["true"] }), "yes");
  assert.equal(shown({ type: "boolean" }), "no");
  assert.equal(shown({ type: "text-private", values: ["pssst"] }), "(secret)");
  assert.equal(shown({ type: "text-multi", values: ["a", "b"] }), "a\nb");
});

test("forms: asked field by field, what is wrong again", async () => {
  const asked = form(
    field({ name: "FORM_TYPE", type: "hidden", values: ["x"] }),
    field({ name: "", type: "fixed", values: ["About you"] }),
    field({ name: "nick", label: "Nickname", isRequired: true }),
    field({ name: "colour", type: "list-single", options: COLOURS, values: ["r"] }),
    field({ name: "pin", type: "text-private", values: ["1234"] }),
    field({ name: "kept" }),
  );
  const person = answering("", "al", "green", "blue", "");
  const values = await askForm(asked, person, { kept: "as it is" });
  assert.deepEqual(values, { nick: "al", colour: "blue", pin: ["1234"], kept: "as it is" });
  assert.deepEqual(person.asked.map(({ text, given, echo }) => [text, given, echo]), [
    ["Nickname*", "", "shown"],
    ["Nickname*", "", "shown"],
    ["colour (Deep Red, blue)", "Deep Red", "shown"],
    ["colour (Deep Red, blue)", "Deep Red", "shown"],
    ["pin", "", "hidden"],
  ]);
  assert.deepEqual(person.told, [
    "About you",
    "It is needed.",
    "That is none of what it may be.",
  ]);
});

test("forms: given up, and never answered so that it fits", async () => {
  const needed = form(field({ name: "nick", isRequired: true }));
  assert.equal(await askForm(needed, answering()), undefined);
  const person = answering("", "", "", "", "", "", "", "");
  assert.equal(await askForm(needed, person), undefined);
  assert.equal(person.asked.length, 5, "not for ever");
});

test("forms: results, and bounds of what is shown", () => {
  const rows = Array.from({ length: 500 }, (_, at) => new Map([["a", [`${at}`]], ["b", ["x"]]]));
  const result: Form = {
    ...form(field({ name: "n", label: "Users", values: ["3"] }), field({ name: "empty" })),
    ...{ type: "result", title: "Found", items: rows },
  };
  const lines = formText(result).split("\n");
  assert.deepEqual(lines.slice(0, 3), ["Found", "Users: 3", "0  x"]);
  assert.equal(lines.length, 100);
});

test("one line: what others say makes no line of its own, and has a bound", () => {
  assert.equal(oneLine(" a\nEmail:\u2028b\t c "), "a Email: b c");
  assert.ok(oneLine("x".repeat(100_000)).length <= 500);
  assert.ok(oneLine("\u{1f600}".repeat(1_000)).isWellFormed());
});
