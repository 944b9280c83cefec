/**
 * Data forms (XEP-0004): fields with values, to fill in or to read.
 *
 * @module
 */
import { childText, type Element, xml } from "../xml.ts";

/** One field, as the other side has it: its texts are not safe to show. */
export interface FormField {
  readonly name: string;
  /** `text-single`, `text-private`, `boolean`, `list-single`, ...; `text-single` when none is said. */
  readonly type: string;
  readonly label: string | undefined;
  readonly values: readonly string[];
  /** What may be chosen, of the list types. */
  readonly options: readonly { readonly label: string | undefined; readonly value: string }[];
  readonly isRequired: boolean;
}

/** A form, or the results of one. */
export interface Form {
  readonly type: "form" | "submit" | "cancel" | "result";
  readonly title: string | undefined;
  readonly instructions: string | undefined;
  readonly fields: readonly FormField[];
  /** Rows of a result; each holds a value by the name of its column. */
  readonly items: readonly ReadonlyMap<string, readonly string[]>[];
}

/** Values by name; null leaves a field out, true and false are `1` and `0`. */
export type FormValues = Readonly<Record<string, string | readonly string[] | boolean | null>>;

export const FORMS = "jabber:x:data";
const FIELDS_MOST = 500;
const ROWS_MOST = 500;
const TYPES = ["form", "submit", "cancel", "result"] as const;

/** The form within `parent`; undefined when there is none. */
export function readForm(parent: Element | undefined): Form | undefined {
  const form = parent?.getChild("x", FORMS);
  const type = TYPES.find((each) => each === form?.attrs["type"]);
  if (form === undefined || type === undefined) return undefined;
  return {
    type,
    title: childText(form, "title"),
    instructions: childText(form, "instructions"),
    fields: fieldsOf(form),
    items: form.getChildren("item").slice(0, ROWS_MOST).map((item) =>
      new Map(fieldsOf(item).map(({ name, values }) => [name, values]))
    ),
  };
}

/** The first value of a field. */
export function formValue(form: Form | undefined, name: string): string | undefined {
  return form?.fields.find((field) => field.name === name)?.values[0];
}

/** A form that is sent; `formType` says what it is about (XEP-0068). */
export function submittedForm(formType: string | undefined, values: FormValues): Element {
  const field = (name: string, given: string | readonly string[] | boolean): Element => {
    const texts = typeof given === "boolean" ? [given ? "1" : "0"] : [given].flat();
    const type = name === "FORM_TYPE" ? "hidden" : undefined;
    return xml("field", { var: name, type }, texts.map((text) => xml("value", null, text)));
  };
  const all = { ...(formType === undefined ? {} : { FORM_TYPE: formType }), ...values };
  return xml(
    "x",
    { xmlns: FORMS, type: "submit" },
    Object.entries(all).flatMap(([name, given]) => given === null ? [] : [field(name, given)]),
  );
}

/**
 * The answer to `form`: what it came with, changed by `values`.
 *
 * @throws {RangeError} for a name that the form does not have
 */
export function filledForm(form: Form, values: FormValues): Element {
  const known = new Set(form.fields.map(({ name }) => name));
  const stranger = Object.keys(values).find((name) => !known.has(name));
  if (stranger !== undefined) throw new RangeError(`the form has no field ${stranger}`);
  const given = form.fields.filter(({ name, type }) => name !== "" && type !== "fixed")
    .map(({ name, values }): [string, readonly string[]] => [name, values]);
  return submittedForm(undefined, { ...Object.fromEntries(given), ...values });
}

function fieldsOf(parent: Element): FormField[] {
  return parent.getChildren("field").slice(0, FIELDS_MOST).map((field) => ({
    name: field.attrs["var"] ?? "",
    type: field.attrs["type"] ?? "text-single",
    label: field.attrs["label"],
    values: field.getChildren("value").map((value) => value.text()),
    options: field.getChildren("option").slice(0, FIELDS_MOST).map((option) => ({
      label: option.attrs["label"],
      value: option.getChild("value")?.text() ?? "",
    })),
    isRequired: field.getChild("required") !== undefined,
  }));
}
