/**
 * What clients tell about themselves: version (XEP-0092), time (XEP-0202), last activity
 * (XEP-0012).
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { childText, xml } from "../xml.ts";
import { feature, type IqRequest } from "./feature.ts";
import { roster } from "./roster.ts";

/** A program. The texts are its own: not safe to show. */
export interface SoftwareVersion {
  readonly name: string;
  readonly version: string;
  readonly system: string | undefined;
}

/** Asks others, and answers them. */
export interface About {
  /** @throws {XmppError} as `FeaturePort.request` */
  version(jid: string): Promise<SoftwareVersion>;
  /** What time it is there; undefined when the answer makes no sense. @throws as above */
  time(jid: string): Promise<{ readonly utc: number; readonly offset: string } | undefined>;
  /** Seconds since a client was used, since somebody was there, or since a server started. */
  idleSeconds(jid: string): Promise<number | undefined>;
  /** The person at this client did something. */
  active(): void;
}

const VERSION = "jabber:iq:version";
const TIME = "urn:xmpp:time";
const LAST = "jabber:iq:last";

/** See the module's description; `software` is `name/version`. */
export const about = feature<About>({
  extensions: [
    { xep: "0012", name: "Last Activity", version: "2.0", state: "complete" },
    {
      xep: "0092",
      name: "Software Version",
      version: "1.1",
      state: "complete",
      note: "without the operating system",
    },
    { xep: "0202", name: "Entity Time", version: "2.0", state: "complete", note: "told as UTC" },
  ],
  disco: [VERSION, TIME, LAST],
  start(port) {
    let activeAt = port.clock.monotonic();
    port.onRequest("get", "query", VERSION, "anyone", () => {
      const [name = "chatnode", version = ""] = port.software.split("/");
      return xml("query", VERSION, xml("name", null, name), xml("version", null, version));
    });
    port.onRequest("get", "time", TIME, "anyone", () => {
      const utc = new Date(port.clock.now()).toISOString();
      // The own zone is nobody's business.
      return xml("time", TIME, xml("tzo", null, "+00:00"), xml("utc", null, utc));
    });
    port.onRequest("get", "query", LAST, "anyone", (request) => {
      // When somebody was active is for those who see their presence (XEP-0012, 8).
      if (!mayAsk(request, port.use(roster).mayKnow.bind(port.use(roster)))) {
        throw new StanzaError("forbidden", { type: "auth" });
      }
      const seconds = Math.floor((port.clock.monotonic() - activeAt) / 1_000);
      return xml("query", { xmlns: LAST, seconds });
    });
    return {
      async version(jid) {
        const answer = await port.request("get", xml("query", VERSION), { to: jid });
        const query = answer.getChild("query", VERSION);
        return {
          name: query?.getChildText("name") ?? "",
          version: query?.getChildText("version") ?? "",
          system: query === undefined ? undefined : childText(query, "os"),
        };
      },
      async time(jid) {
        const answer = await port.request("get", xml("time", TIME), { to: jid });
        const time = answer.getChild("time", TIME);
        const utc = Date.parse(time?.getChildText("utc") ?? "");
        const offset = /^(?:Z|[+-]\d\d:\d\d)$/.exec(time?.getChildText("tzo") ?? "")?.[0];
        return Number.isNaN(utc) ? undefined : { utc, offset: offset ?? "+00:00" };
      },
      async idleSeconds(jid) {
        const answer = await port.request("get", xml("query", LAST), { to: jid });
        const { seconds = "" } = answer.getChild("query", LAST)?.attrs ?? {};
        return /^[0-9]{1,12}$/.test(seconds) ? Number(seconds) : undefined;
      },
      active() {
        activeAt = port.clock.monotonic();
      },
    };
  },
});

function mayAsk({ from }: IqRequest, mayKnow: (bare: string) => boolean): boolean {
  return from === undefined || mayKnow(from.bare);
}
