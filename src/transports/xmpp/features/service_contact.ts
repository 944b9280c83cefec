/**
 * Whom to turn to about a server (XEP-0157).
 *
 * @module
 */
import { xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature } from "./feature.ts";
import { formValue, readForm } from "./form.ts";

/** What an address is for. */
export type ContactPurpose = "abuse" | "admin" | "feedback" | "sales" | "security" | "support";

/** Asks. */
export interface ServiceContact {
  /**
   * Addresses as the server gives them, as URIs: not safe to show, at most 20 for each purpose.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  of(domain: string): Promise<ReadonlyMap<ContactPurpose, readonly string[]>>;
}

const FORM = "http://jabber.org/network/serverinfo";
const PURPOSES: readonly ContactPurpose[] = [
  ...["abuse", "admin", "feedback", "sales", "security", "support"] as const,
];
const ADDRESSES_MOST = 20;

/** See the module's description. */
export const serviceContact = feature<ServiceContact>({
  extensions: [
    {
      xep: "0157",
      name: "Contact Addresses for XMPP Services",
      version: "1.1.1",
      state: "complete",
    },
  ],
  start: (port) => ({
    async of(domain) {
      const { forms } = await port.use(disco).info(domain);
      const form = forms.map((each) => readForm(xml("x", null, each)))
        .find((each) => formValue(each, "FORM_TYPE") === FORM);
      return new Map(PURPOSES.flatMap((purpose) => {
        const field = form?.fields.find(({ name }) => name === `${purpose}-addresses`);
        const addresses = field?.values.slice(0, ADDRESSES_MOST) ?? [];
        return addresses.length === 0 ? [] : [[purpose, addresses] as const];
      }));
    },
  }),
});
