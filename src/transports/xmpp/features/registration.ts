/**
 * In-band registration (XEP-0077) with an account that is there: another password, the end of the
 * account, and registering with services such as gateways.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { childText, xml } from "../xml.ts";
import { feature } from "./feature.ts";
import { filledForm, type Form, type FormValues, readForm } from "./form.ts";

/** What a service asks of who registers. Its texts are not safe to show. */
export interface RegistrationForm {
  readonly isRegistered: boolean;
  readonly instructions: string | undefined;
  /** Names of plain fields, as `username`; empty when there is a form. */
  readonly fields: readonly string[];
  readonly form: Form | undefined;
}

/** What one does with registrations. */
export interface Registration {
  /**
   * Gives the account another password. The session stays.
   *
   * @throws {StanzaError} `not-allowed`, `not-acceptable` for one that is too weak ...
   */
  changePassword(password: string): Promise<void>;
  /** Ends the account with all that is kept of it; the server ends the session. @throws as above */
  removeAccount(): Promise<void>;
  /** What a service asks. @throws {XmppError} as `FeaturePort.request` */
  ask(service: string): Promise<RegistrationForm>;
  /**
   * Registers with a service.
   *
   * @throws {RangeError} for a field that it did not ask for
   * @throws {XmppError} as `FeaturePort.request`
   */
  register(service: string, asked: RegistrationForm, values: FormValues): Promise<void>;
  /** Ends that. @throws {XmppError} as `FeaturePort.request` */
  unregister(service: string): Promise<void>;
}

const NS = "jabber:iq:register";
/** The plain fields there are (XEP-0077, 14.1). */
const FIELDS: ReadonlySet<string> = new Set([
  ...["username", "nick", "password", "name", "first", "last", "email", "address", "city"],
  ...["state", "zip", "phone", "url", "date"],
]);

/** See the module's description. */
export const registration = feature<Registration>({
  extensions: [
    {
      xep: "0077",
      name: "In-Band Registration",
      version: "2.4",
      state: "partial",
      note: "no new accounts before a login",
    },
  ],
  start: (port) => ({
    async changePassword(password) {
      const username = port.account.split("@")[0] ?? "";
      const query = xml(
        "query",
        NS,
        xml("username", null, username),
        xml("password", null, password),
      );
      // To the server, not to the account (XEP-0077, 3.3).
      await port.request("set", query, { to: port.domain });
    },
    async removeAccount() {
      try {
        await port.request("set", xml("query", NS, xml("remove")));
      } catch (error) {
        // Who is gone may not get an answer any more (XEP-0077, 3.2).
        if (error instanceof StanzaError) throw error;
      }
    },
    async ask(service) {
      const answer = await port.request("get", xml("query", NS), { to: service });
      const query = answer.getChild("query", NS);
      const form = readForm(query);
      return {
        isRegistered: query?.getChild("registered") !== undefined,
        instructions: query === undefined ? undefined : childText(query, "instructions"),
        fields: form === undefined
          ? (query?.getChildElements() ?? []).map((child) => child.getName())
            .filter((name) => FIELDS.has(name))
          : [],
        form,
      };
    },
    async register(service, { form, fields }, values) {
      const query = xml("query", NS);
      if (form !== undefined) query.append(filledForm(form, values));
      else {
        const stranger = Object.keys(values).find((name) => !fields.includes(name));
        if (stranger !== undefined) {
          throw new RangeError(`the service does not ask for ${stranger}`);
        }
        for (const [name, value] of Object.entries(values)) {
          if (value !== null) query.append(xml(name, null, String(value)));
        }
      }
      await port.request("set", query, { to: service });
    },
    async unregister(service) {
      await port.request("set", xml("query", NS, xml("remove")), { to: service });
    },
  }),
});
