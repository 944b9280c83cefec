/**
 * In-band registration (XEP-0077) with an account that is there: another password, the end of the
 * account, and registering with services such as gateways.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { xml } from "../xml.ts";
import { feature } from "./feature.ts";
import type { FormValues } from "./form.ts";
import { answerOf, readAsked, REGISTER, type RegistrationForm } from "./registration_form.ts";

export type { RegistrationForm } from "./registration_form.ts";

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

const NS = REGISTER;

/** See the module's description. */
export const registration = feature<Registration>({
  extensions: [
    {
      xep: "0077",
      name: "In-Band Registration",
      version: "2.4",
      state: "complete",
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
      return readAsked(answer.getChild("query", NS));
    },
    async register(service, asked, values) {
      await port.request("set", answerOf(asked, values), { to: service });
    },
    async unregister(service) {
      await port.request("set", xml("query", NS, xml("remove")), { to: service });
    },
  }),
});
