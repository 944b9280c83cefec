/**
 * What who registers is asked, and what they answer (XEP-0077, 3.1), with a service or before there
 * is an account.
 *
 * @module
 */
import { childText, type Element, xml } from "../xml.ts";
import { filledForm, type Form, type FormValues, readForm } from "./form.ts";

/** What a service asks of who registers. Its texts are not safe to show. */
export interface RegistrationForm {
  readonly isRegistered: boolean;
  readonly instructions: string | undefined;
  /** Names of plain fields, as `username`; empty when there is a form. */
  readonly fields: readonly string[];
  readonly form: Form | undefined;
  /** Where else one registers (XEP-0077, 5). */
  readonly url: string | undefined;
}

export const REGISTER = "jabber:iq:register";
const OOB = "jabber:x:oob";
const URL_MOST = 4_096;
/** The plain fields there are (XEP-0077, 14.1). */
const FIELDS: ReadonlySet<string> = new Set([
  ...["username", "nick", "password", "name", "first", "last", "email", "address", "city"],
  ...["state", "zip", "phone", "url", "date"],
]);

/** Reads what is asked. */
export function readAsked(query: Element | undefined): RegistrationForm {
  const form = readForm(query);
  const elsewhere = query?.getChild("x", OOB);
  const url = elsewhere === undefined ? undefined : childText(elsewhere, "url");
  return {
    isRegistered: query?.getChild("registered") !== undefined,
    instructions: query === undefined ? undefined : childText(query, "instructions"),
    fields: form === undefined
      ? (query?.getChildElements() ?? []).map((child) => child.getName())
        .filter((name) => FIELDS.has(name))
      : [],
    form,
    url: url === undefined || url.length > URL_MOST ? undefined : url,
  };
}

/** The answer. @throws {RangeError} for a field that was not asked for */
export function answerOf({ form, fields }: RegistrationForm, values: FormValues): Element {
  const query = xml("query", REGISTER);
  if (form !== undefined) {
    query.append(filledForm(form, values));
    return query;
  }
  const stranger = Object.keys(values).find((name) => !fields.includes(name));
  if (stranger !== undefined) throw new RangeError(`the service does not ask for ${stranger}`);
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) query.append(xml(name, null, String(value)));
  }
  return query;
}
