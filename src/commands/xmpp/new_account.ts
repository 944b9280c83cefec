/**
 * `chatnode client xmpp:... --register`: an account that is not there yet.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../../errors.ts";
import type { FormValues } from "../../transports/xmpp/features/form.ts";
import type { RegistrationForm } from "../../transports/xmpp/features/registration_form.ts";
import { register, type Registering } from "../../transports/xmpp/session/register.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import { askForm } from "./form_text.ts";
import { oneLine } from "./one_line.ts";
import { explained } from "./refusals.ts";

/** What a new account takes. */
export interface NewAccount extends Omit<Registering, "fill"> {
  readonly password: string;
  readonly asking: Asking;
}

/**
 * Makes the account; what the server wants besides name and password is asked for.
 *
 * @throws {ChatnodeError} `client/register` when it is given up, or is done elsewhere
 * @throws {XmppError} as `register`, refusals as sentences
 */
export async function makeAccount(account: NewAccount, signal: AbortSignal): Promise<void> {
  const { username, domain } = account;
  const made = register({ ...account, fill: (asked) => answers(asked, account) }, signal);
  const outcome = await explained(`register ${username}@${domain}`, made, {
    "conflict": "somebody has that name",
    "not-acceptable": "the server wants another password, or something else",
    "not-allowed": "the server does not let you",
    "forbidden": "the server does not let you",
    "resource-constraint": "too many have registered lately; try it later",
    "service-unavailable": "the server lets nobody register",
  });
  if (outcome === "given-up") {
    throw new ChatnodeError("client/register", "Cannot register: not everything was answered");
  }
}

async function answers(
  asked: RegistrationForm,
  { username, password, asking, domain }: NewAccount,
): Promise<FormValues | undefined> {
  const { form, fields, instructions, url, isRegistered } = asked;
  if (isRegistered) {
    throw new UsageError("client/register", "Cannot register: you have an account there already");
  }
  const names = form === undefined ? fields : form.fields.map(({ name }) => name);
  if (!names.includes("username") || !names.includes("password")) {
    const where = url === undefined
      ? `Whoever runs ${domain} says where.`
      : `Its place is ${oneLine(url)}`;
    throw new ChatnodeError(
      "client/register",
      `Cannot register: ${domain} wants it done elsewhere`,
      {
        hint: where,
      },
    );
  }
  const known = { username, password };
  if (form !== undefined) return await askForm(form, asking, known);
  const more = fields.filter((name) => !(name in known));
  if (more.length > 0 && instructions !== undefined) await asking.tell(instructions);
  const values: Record<string, string> = { ...known };
  for (const name of more) {
    const answer = await asking.ask({ text: name });
    if (answer === undefined) return undefined;
    values[name] = answer;
  }
  return values;
}
