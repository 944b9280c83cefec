/**
 * What an entity says about itself, as one short text: XEP-0115, 5.1 and XEP-0390, 4.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Element } from "../xml.ts";

/** What an entity is. */
export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly lang: string;
  readonly name: string;
}

/** What an entity is and can. All texts are as it gave them. */
export interface DiscoInfo {
  readonly identities: readonly Identity[];
  readonly features: ReadonlySet<string>;
  /** Data forms with more (XEP-0128). */
  readonly forms: readonly Element[];
}

export const CAPS = "http://jabber.org/protocol/caps";
export const CAPS2 = "urn:xmpp:caps";

/** XEP-0115: base64 of SHA-1. */
export function capsHash({ identities, features, forms }: DiscoInfo): string {
  const said = identities.map(({ category, type, lang, name }) =>
    `${category}/${type}/${lang}/${name}`
  );
  const parts = [...said.sort(), ...[...features].sort(), ...forms.map(fieldsOf).sort().flat()];
  const text = parts.map((part) => `${part}<`).join("");
  return createHash("sha1").update(text).digest("base64");
}

/** XEP-0390: base64 of SHA-256. Forms count as none: this client has none to tell of. */
export function caps2Hash({ identities, features }: DiscoInfo): string {
  const byBytes = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0;
  const all = (parts: readonly string[]): string => [...parts].sort(byBytes).join("") + "\x1c";
  const text = all([...features].map((name) => `${name}\x1f`)) +
    all(
      identities.map(({ category, type, lang, name }) =>
        [category, type, lang, name].map((part) => `${part}\x1f`).join("") + "\x1e"
      ),
    ) + "\x1c";
  return createHash("sha256").update(text).digest("base64");
}

/** A form's type, then its fields and their values, all sorted. */
function fieldsOf(form: Element): string[] {
  const fields = form.getChildren("field").map((field) => ({
    name: field.attrs["var"] ?? "",
    values: field.getChildren("value").map((value) => value.text()).sort(),
  }));
  const type = fields.find(({ name }) => name === "FORM_TYPE")?.values[0] ?? "";
  const others = fields.filter(({ name }) => name !== "FORM_TYPE")
    .sort((a, b) => a.name < b.name ? -1 : 1);
  return [type, ...others.flatMap(({ name, values }) => [name, ...values])];
}
