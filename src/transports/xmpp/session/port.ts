/**
 * The session as its features see it.
 *
 * @module
 */
import type { Feature, FeatureEvent, FeaturePort } from "../features/feature.ts";
import type { SessionOptions } from "./options.ts";
import type { Registrations } from "./registrations.ts";

/** What the port takes from the session. */
export type Behind =
  & Pick<
    FeaturePort,
    | "account"
    | "jid"
    | "isOnline"
    | "enabled"
    | "request"
    | "post"
    | "send"
    | "offered"
    | "tellServer"
  >
  & {
    readonly started: readonly Feature<unknown>[];
    use<Api>(feature: Feature<Api>): Api;
    emit(event: FeatureEvent): void;
  };

/** A port that registers with `registrations` and asks `session` for everything else. */
export function createPort(
  { domain, clock, software, random, uuid }: SessionOptions,
  registrations: Registrations,
  session: Behind,
): FeaturePort {
  return {
    domain,
    clock,
    software,
    uuid,
    random,
    get account() {
      return session.account;
    },
    get jid() {
      return session.jid;
    },
    get isOnline() {
      return session.isOnline;
    },
    get enabled() {
      return session.enabled;
    },
    get started() {
      return session.started;
    },
    use: (feature) => session.use(feature),
    onRequest: (type, name, xmlns, requester, handler) =>
      registrations.answer(type, name, xmlns, { requester, handler }),
    onMessage: (handler) => void registrations.messages.push(handler),
    onPresence: (handler) => void registrations.presences.push(handler),
    onOnline: (handler) => void registrations.online.push(handler),
    onReady: (handler) => void registrations.ready.push(handler),
    onOffline: (handler) => void registrations.offline.push(handler),
    onEnded: (handler) => void registrations.ended.push(handler),
    emit: (event) => session.emit(event),
    request: (type, child, options) => session.request(type, child, options),
    post: (element) => session.post(element),
    send: (message) => session.send(message),
    offered: (name, xmlns) => session.offered(name, xmlns),
    tellServer: (element) => session.tellServer(element),
  };
}
