/**
 * Data forms (XEP-0004) as lines: what they say, and how a field of them is asked and read.
 *
 * @module
 */
import type { Form, FormField, FormValues } from "../../transports/xmpp/features/form.ts";
import type { Asking } from "../../ui/terminal/asking.ts";

/** A value of a form, as it is sent. */
export type FieldValue = string | readonly string[] | boolean;

const TRIES = 5;
const YES = /^(?:y|yes|1|true|on)$/i;
const NO = /^(?:n|no|0|false|off)$/i;
const LINES_MOST = 100;

/** What a field is called to a person. */
export function fieldName({ label, name }: FormField): string {
  return label === undefined || label.trim() === "" ? name : label.trim();
}

/** What a field holds, in a person's words. */
export function fieldText(field: FormField): string {
  const { type, values, options } = field;
  if (type === "text-private") return values.join("") === "" ? "" : "(secret)";
  if (type === "boolean") return YES.test(values[0] ?? "") ? "yes" : "no";
  const named = values.map((value) =>
    optionText(options.find((one) => one.value === value), value)
  );
  return named.join(type === "text-multi" ? "\n" : ", ");
}

/** What a form tells: title, instructions, its fields, its rows. */
export function formText({ type, title, instructions, fields, items }: Form): string {
  const shown = type === "result"
    ? fields.filter((field) => field.type !== "hidden" && field.values.length > 0)
      .map((field) => field.type === "fixed" ? fieldText(field) : labelled(field))
    : [];
  const rows = items.map((row) => [...row.values()].map((values) => values.join(", ")).join("  "));
  const all = [title, instructions, ...shown, ...rows].filter((one) => one !== undefined);
  return all.slice(0, LINES_MOST).join("\n");
}

/**
 * Asks for every field of a form in turn; undefined when the person gives it up.
 *
 * @param kept values that are known and not asked for
 */
export async function askForm(
  form: Form,
  asking: Asking,
  kept: FormValues = {},
): Promise<FormValues | undefined> {
  const introduction = formText(form);
  const isToAsk = form.fields.some((field) => !isSilent(field) && !(field.name in kept));
  if (isToAsk && introduction !== "") await asking.tell(introduction);
  const values: Record<string, FieldValue> = {};
  for (const field of form.fields) {
    if (field.type === "fixed") await asking.tell(field.values.join("\n"));
    if (isSilent(field) || field.name in kept) continue;
    const value = await askField(field, asking);
    if (value === undefined) return undefined;
    values[field.name] = value;
  }
  return { ...values, ...kept };
}

/** Asks for one field; undefined when the person gives it up, or never gives what fits. */
export async function askField(field: FormField, asking: Asking): Promise<FieldValue | undefined> {
  const { type, options, isRequired } = field;
  const choices = options.map((option) => optionText(option, option.value));
  const isChoice = choices.length > 0 && type.startsWith("list");
  const given = type === "text-private" ? "" : fieldText(field);
  const more = isChoice ? ` (${choices.join(", ")})` : type === "boolean" ? " (yes, no)" : "";
  const known = type === "boolean" ? { choices: ["yes", "no"] } : isChoice ? { choices } : {};
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await asking.ask({
      ...{ text: `${fieldName(field)}${isRequired ? "*" : ""}${more}`, given, ...known },
      echo: type === "text-private" ? "hidden" : "shown",
    });
    if (answer === undefined) return undefined;
    const value = answer === "" && type === "text-private"
      ? [...field.values]
      : readField(field, answer);
    const isEmpty = value === undefined ? false : value === "" || [value].flat().length === 0;
    if (value !== undefined && !(isRequired && isEmpty)) return value;
    await asking.tell(value === undefined ? "That is none of what it may be." : "It is needed.");
  }
  return undefined;
}

/** What a person's words mean for a field; undefined when that is nothing it may be. */
export function readField({ type, options }: FormField, text: string): FieldValue | undefined {
  const trimmed = text.trim();
  switch (type) {
    case "boolean":
      return YES.test(trimmed) ? true : NO.test(trimmed) ? false : undefined;
    case "list-single":
      return trimmed === "" ? "" : optionOf(options, trimmed);
    case "list-multi": {
      const chosen = partsOf(text, /,/).map((one) => optionOf(options, one));
      return chosen.includes(undefined) ? undefined : chosen.filter((one) => one !== undefined);
    }
    case "jid-multi":
      return partsOf(text, /[\s,]+/);
    case "text-multi":
      return text.split("\n");
    case "text-private":
      return text;
    default:
      return trimmed;
  }
}

/** Whether a field is none that a person fills in. */
export function isSilent({ type, name }: FormField): boolean {
  return type === "hidden" || type === "fixed" || name === "";
}

function labelled(field: FormField): string {
  return `${fieldName(field)}: ${fieldText(field)}`;
}

function partsOf(text: string, by: RegExp): string[] {
  return text.split(by).map((one) => one.trim()).filter((one) => one !== "");
}

function optionText(option: FormField["options"][number] | undefined, value: string): string {
  return option?.label === undefined || option.label.trim() === "" ? value : option.label.trim();
}

/** By the value or by what it is called. */
function optionOf(options: FormField["options"], text: string): string | undefined {
  const wanted = text.toLowerCase();
  return options.find(({ value }) => value.toLowerCase() === wanted)?.value ??
    options.find((one) => optionText(one, one.value).toLowerCase() === wanted)?.value;
}
