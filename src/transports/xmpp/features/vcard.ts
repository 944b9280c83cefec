/**
 * vCards (XEP-0054): what people say about themselves.
 *
 * @module
 */
import { childText, type Element, xml } from "../xml.ts";
import { feature } from "./feature.ts";

/** A card; texts are its owner's, not safe to show. */
export interface VCard {
  readonly fullName: string | undefined;
  readonly nickname: string | undefined;
  readonly email: string | undefined;
  readonly url: string | undefined;
  readonly birthday: string | undefined;
  readonly description: string | undefined;
  readonly organization: string | undefined;
  readonly title: string | undefined;
  /** As it came: for pictures and for what else there is. */
  readonly element: Element;
}

/** What one's own card says. */
export type VCardTexts = Partial<Record<keyof typeof PLACES, string>>;

/** What one does with cards. */
export interface VCards {
  /** Somebody's; the own one without `jid`. @throws {XmppError} as `FeaturePort.request` */
  get(jid?: string): Promise<VCard>;
  /** Changes the own one; an empty text takes one away. @throws {XmppError} as above */
  change(texts: VCardTexts): Promise<void>;
  /** Replaces one part of the own card, as `PHOTO`; undefined takes it away. @throws as above */
  replace(name: string, part: Element | undefined): Promise<void>;
}

export const VCARD = "vcard-temp";
/** Where the texts stand in a card. */
const PLACES = {
  fullName: ["FN"],
  nickname: ["NICKNAME"],
  email: ["EMAIL", "USERID"],
  url: ["URL"],
  birthday: ["BDAY"],
  description: ["DESC"],
  organization: ["ORG", "ORGNAME"],
  title: ["TITLE"],
} as const;
const TEXT_MOST = 10_000;

/** See the module's description. */
export const vcard = feature<VCards>({
  extensions: [{ xep: "0054", name: "vcard-temp", version: "1.3", state: "complete" }],
  disco: [VCARD],
  start(port) {
    const get = async (jid?: string): Promise<VCard> => {
      const to = jid === undefined ? {} : { to: jid };
      try {
        return readCard((await port.request("get", xml("vCard", VCARD), to)).getChild("vCard"));
      } catch (error) {
        // Who has none yet has an empty one.
        const isNone = (error as { readonly condition?: unknown }).condition === "item-not-found";
        if (jid === undefined && isNone) return readCard(undefined);
        throw error;
      }
    };
    /** Servers keep a card as a whole: what is not replaced has to be sent with it. */
    const put = async (change: (name: string) => Element | null | undefined, names: string[]) => {
      const { element } = await get();
      const kept = element.getChildElements().filter((child) => !names.includes(child.getName()));
      const added = names.map(change).filter((child) => child !== null && child !== undefined);
      await port.request("set", xml("vCard", VCARD, ...kept, ...added));
    };
    return {
      get,
      async change(texts) {
        const known = Object.entries(texts) as [keyof typeof PLACES, string][];
        const parts = new Map(known.map(([key, text]) => {
          const [outer, inner] = PLACES[key];
          const child = inner === undefined ? text : xml(inner, null, text);
          return [outer, text === "" ? null : xml(outer, null, child)];
        }));
        await put((name) => parts.get(name as never), [...parts.keys()]);
      },
      async replace(name, part) {
        await put(() => part, [name]);
      },
    };
  },
});

function readCard(card: Element | undefined): VCard {
  const text = (key: keyof typeof PLACES): string | undefined => {
    const [outer, inner] = PLACES[key];
    const parent = inner === undefined ? card : card?.getChild(outer);
    return parent === undefined
      ? undefined
      : childText(parent, inner ?? outer)?.slice(0, TEXT_MOST);
  };
  return {
    fullName: text("fullName"),
    nickname: text("nickname"),
    email: text("email"),
    url: text("url"),
    birthday: text("birthday"),
    description: text("description"),
    organization: text("organization"),
    title: text("title"),
    element: card ?? xml("vCard", VCARD),
  };
}
