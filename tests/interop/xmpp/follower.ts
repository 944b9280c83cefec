/**
 * An account's session as the terminal has it, with everything that it tells.
 *
 * @module
 */
import { systemClock } from "../../../src/clock.ts";
import { XmppChatSession } from "../../../src/commands/xmpp/chat_session.ts";
import type { Downloads } from "../../../src/commands/xmpp/direct_files.ts";
import type { Keeping } from "../../../src/commands/xmpp/keeping.ts";
import { parseTarget } from "../../../src/transports/xmpp/dial/target.ts";
import { httpsPut } from "../../../src/transports/xmpp/https_put.ts";
import type { SessionEvent } from "../../../src/ui/terminal/session_event.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { passwordOf, type XmppServer } from "./servers/servers.ts";

/** How a session begins. */
export interface FollowerOptions {
  /** The JID of the conversation to begin in; bookmarked rooms are entered then, too. */
  readonly begins?: string;
  /** Where what is said is kept. */
  readonly keeping?: Keeping;
  /** The usual one of the server's accounts unless told. */
  readonly password?: string;
  /** The folder for what the person wants to keep; nothing is kept unless told. */
  readonly savesIn?: string;
  /** Where files go that others send directly; none can be taken unless told. */
  readonly downloads?: Downloads;
  /** `localhost` unless told. */
  readonly domain?: string;
}

/** A session, and all that it has told. */
export class Follower implements AsyncDisposable {
  readonly session: XmppChatSession;
  readonly told: SessionEvent[] = [];
  readonly #over: Promise<void>;
  readonly #http: Deno.HttpClient;

  constructor(server: XmppServer, user: string, options: FollowerOptions = {}) {
    const { begins, keeping, savesIn = "/dev/null/none", domain = "localhost" } = options;
    this.#http = Deno.createHttpClient({ caCerts: [server.certificates.ca] });
    let { password = passwordOf(user) } = options;
    this.session = new XmppChatSession({
      domain,
      credentials: {
        ...{ kind: "password", username: user },
        get password() {
          return password;
        },
      },
      passwordChanged(changed) {
        password = changed;
        return Promise.resolve("It is known.");
      },
      target: parseTarget(`xmpp://127.0.0.1:${server.ports.starttls}`),
      tls: { ca: server.certificates.ca },
      software: "chatnode/test",
      resolve: () => Promise.reject(new Error("tests do not look names up")),
      put: httpsPut(server.certificates.ca),
      fetch: (url, init) => fetch(url, { ...init, client: this.#http }),
      savesIn,
      ...(options.downloads === undefined ? {} : { downloads: options.downloads }),
      clock: systemClock,
      random: Math.random,
      uuid: () => crypto.randomUUID(),
    });
    this.#over = this.#follow();
    if (begins !== undefined) this.session.beginIn(`xmpp:${user}@${domain}/${begins}`);
    void this.#start(keeping);
  }

  async hears<Kind extends SessionEvent["kind"]>(
    kind: Kind,
    fits: (event: Extract<SessionEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<SessionEvent, { kind: Kind }>> {
    return await eventually(
      `${kind} is told`,
      () =>
        this.told.find((event): event is Extract<SessionEvent, { kind: Kind }> =>
          event.kind === kind && fits(event as Extract<SessionEvent, { kind: Kind }>)
        ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await inTime("the end of the events", this.#over);
    this.#http.close();
  }

  async #start(keeping: Keeping | undefined): Promise<void> {
    if (keeping !== undefined) await this.session.keepIn(keeping);
    this.session.start();
  }

  async #follow(): Promise<void> {
    for await (const event of this.session.events()) this.told.push(event);
  }
}
