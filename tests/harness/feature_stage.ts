/**
 * A session's features without a server: a test says what comes in, word by word, and sees what
 * goes out. For what a real server never says.
 *
 * @module
 */
import { type Clock, systemClock } from "../../src/clock.ts";
import type {
  Feature,
  FeatureEvent,
  FeaturePort,
} from "../../src/transports/xmpp/features/feature.ts";
import { parseJid } from "../../src/transports/xmpp/jid.ts";
import { createPort } from "../../src/transports/xmpp/session/port.ts";
import { Registrations } from "../../src/transports/xmpp/session/registrations.ts";
import { type Element, Parser } from "../../src/transports/xmpp/xml.ts";
import { eventually } from "./eventually.ts";

/** A request that a feature made. */
export interface Asked {
  readonly type: "get" | "set";
  readonly child: Element;
  readonly to: string | undefined;
  /** @param child text of XML within the result */
  answer(child?: string): void;
  refuse(error: Error): void;
}

/** See the module's description. The account is alice@localhost/here. */
export class FeatureStage {
  readonly registrations = new Registrations();
  readonly jid = parseJid("alice@localhost/here");
  readonly told: FeatureEvent[] = [];
  readonly sent: Element[] = [];
  readonly posted: Element[] = [];
  readonly asked: Asked[] = [];
  readonly port: FeaturePort;
  readonly #started = new Map<Feature<unknown>, unknown>();
  #ids = 0;

  constructor(features: readonly Feature<unknown>[], clock: Clock = systemClock) {
    const { told, sent, posted, jid } = this;
    const started = this.#started;
    this.port = createPort(
      {
        domain: "localhost",
        credentials: { kind: "password", username: "alice", password: "alice-pw" },
        software: "chatnode/test",
        resolve: () => Promise.resolve([]),
        fetch: () => Promise.reject(new Error("tests do not fetch")),
        clock,
        random: () => 0.5,
        uuid: () => `id-${this.#ids += 1}`,
      },
      this.registrations,
      {
        account: "alice@localhost",
        jid,
        isOnline: true,
        enabled: new Set(),
        get started() {
          return [...started.keys()];
        },
        use: (feature) => this.use(feature),
        emit: (event) => void told.push(event),
        offered: () => true,
        tellServer: (element) => void posted.push(element),
        post: (element) => posted.push(element) > 0,
        send: (element) => {
          sent.push(element);
          return Promise.resolve();
        },
        request: (type, child, options) => this.#ask(type, child, options?.to),
      },
    );
    for (const feature of features) this.use(feature);
  }

  /** As a session's. */
  use<Api>(feature: Feature<Api>): Api {
    if (!this.#started.has(feature)) {
      this.#started.set(feature, undefined);
      this.#started.set(feature, feature.start(this.port));
    }
    return this.#started.get(feature) as Api;
  }

  /** A message or presence comes in. */
  hear(text: string): void {
    this.registrations.hear(parsed(text));
  }

  /** A request comes in; gives the answer. */
  async serve(text: string): Promise<Element> {
    const answers: Element[] = [];
    await this.registrations.serve(parsed(text), this.jid, (answer) => answers.push(answer));
    const [answer] = answers;
    if (answer === undefined) throw new Error("a request has no answer");
    return answer;
  }

  /** Waits for the next request whose child is `name` and that nobody has looked at. */
  async request(name: string): Promise<Asked> {
    return await eventually(`a request of ${name}`, () => {
      const index = this.asked.findIndex(({ child }) => child.getName() === name);
      return index < 0 ? undefined : this.asked.splice(index, 1)[0];
    });
  }

  /** What was told of one kind. */
  all<Event extends FeatureEvent>(kind: Event["kind"]): Event[] {
    return this.told.filter((event): event is Event => event.kind === kind);
  }

  #ask(type: "get" | "set", child: Element, to: string | undefined): Promise<Element> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        type,
        child,
        to,
        answer: (text = "") =>
          resolve(parsed(`<iq xmlns="jabber:client" type="result">${text}</iq>`)),
        refuse: reject,
      });
    });
  }
}

/** The element that `text` is; without a namespace it is a client's. */
export function parsed(text: string): Element {
  const parser = new Parser();
  const found: Element[] = [];
  parser.on("element", (element) => found.push(element));
  parser.write(`<stream xmlns="jabber:client">${text}</stream>`);
  const [element] = found;
  if (element === undefined) throw new Error("a test's XML holds no element");
  return element;
}
