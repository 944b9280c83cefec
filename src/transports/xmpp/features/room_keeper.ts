/**
 * One's own stay in rooms: coming in, being told of others, noticing that one is out, coming back.
 *
 * @module
 */
import type { Timer } from "../../../clock.ts";
import { StanzaError, XmppError } from "../errors.ts";
import { type Jid, parseJid, readJid } from "../jid.ts";
import { stanzaError } from "../session/requests.ts";
import { type Element, xml } from "../xml.ts";
import { archive } from "./archive.ts";
import { disco } from "./disco.ts";
import type { FeaturePort } from "./feature.ts";
import { type Message, messages, type SentMessage, type Source } from "./messages.ts";
import { presence } from "./presence.ts";
import { MUC, MUC_USER, readRoomPresence, Room, type RoomPresence } from "./room.ts";
import { RoomAnswers } from "./room_answers.ts";
import { UnheardMessages } from "./room_unheard.ts";
import type { JoinOptions, OccupantEvent, RoomEvent, Rooms, RoomSubjectEvent } from "./rooms.ts";
import { sentIds } from "./sent_ids.ts";

const HISTORY_USUAL = 50;
const ROOMS_MOST = 500;
/** A room that was quiet for so long is asked whether one is still in it, milliseconds. */
const QUIET_MS = 15 * 60_000;
const DELAY = "urn:xmpp:delay";
/** Answers to a self-ping that say that one is there (XEP-0410, 3). */
const THERE: ReadonlySet<string> = new Set(["service-unavailable", "feature-not-implemented"]);
/** Answers that say nothing. */
const UNKNOWN: ReadonlySet<string> = new Set(["remote-server-not-found", "remote-server-timeout"]);

/** See the module's description. */
export class RoomKeeper implements Rooms {
  readonly all = new Map<string, Room>();
  readonly #port: FeaturePort;
  readonly #options = new Map<string, JoinOptions>();
  readonly #answers: RoomAnswers;
  readonly #unheard = new UnheardMessages();
  readonly #heardAt = new Map<string, number>();
  readonly #created = new Set<string>();
  #watch: Timer | undefined;

  constructor(port: FeaturePort) {
    this.#port = port;
    this.#answers = new RoomAnswers(port);
    // Before messages are read: what a room refuses may only have come too early.
    port.onMessage((stanza) => this.#isRefused(stanza));
    const all = port.use(messages);
    all.rooms = {
      has: (bare) => this.all.has(bare),
      isOwn: (stanza, from, source) => this.#isOwn(stanza, from, source),
    };
    all.listen((message) => this.#hearMessage(message));
    all.decorate((message, id) => {
      if (message.type === "groupchat") this.#unheard.sent(message, id);
      return [];
    });
    port.onPresence((stanza) => this.#hearPresence(stanza));
    port.use(presence).follow(() => this.#showPresence());
    port.onOnline((arrival) => {
      if (arrival === "fresh") { for (const room of this.all.values()) room.clear(); }
    });
    port.onReady((arrival) => {
      // The connection may have broken while others were waited for.
      if (!port.isOnline) return;
      this.#look();
      // Not waited for: a room that does not answer must not keep us from being there.
      for (const room of [...this.all.keys()]) {
        void (arrival === "resumed" ? this.check(room) : this.#rejoin(room));
      }
    });
    port.onOffline(() => {
      this.#watch?.cancel();
      this.#answers.refuseAll();
    });
  }

  async join(jid: string, options: JoinOptions): Promise<RoomEvent> {
    const { bare } = parseJid(jid);
    parseJid(`${bare}/${options.nick}`);
    const isNew = !this.all.has(bare);
    if (isNew && this.all.size >= ROOMS_MOST) {
      throw new XmppError("xmpp/protocol", `Cannot come in: one is in ${ROOMS_MOST} rooms already`);
    }
    if (isNew) this.all.set(bare, new Room(bare, options.nick));
    this.#options.set(bare, options);
    try {
      return await this.#enter(bare, options);
    } catch (error) {
      if (isNew) this.#forget(bare);
      throw error;
    }
  }

  leave(room: string, status?: string): void {
    const known = this.all.get(room);
    if (known === undefined) return;
    this.#port.post(xml(
      "presence",
      { to: `${room}/${known.nick}`, type: "unavailable" },
      status === undefined ? null : xml("status", null, status),
    ));
    // Not waited for: what else the room says does not count any more.
    this.#forget(room);
    this.#tell(room, "left");
  }

  async rename(room: string, nick: string): Promise<void> {
    const { full } = parseJid(`${room}/${nick}`);
    if (this.all.get(room)?.isJoined !== true) throw notThere();
    await this.#answers.ask(room, () => this.#port.post(this.#port.use(presence).element(full)));
    const options = this.#options.get(room);
    if (options !== undefined) this.#options.set(room, { ...options, nick });
  }

  say(room: string, body: string, extra: readonly Element[] = []): SentMessage {
    const isAction = body.startsWith("/me ");
    const text = isAction ? body.slice("/me ".length) : body;
    return this.#port.use(messages).send({
      to: room,
      type: "groupchat",
      body: text,
      isAction,
      extra,
    });
  }

  whisper(room: string, nick: string, body: string): SentMessage {
    const { full } = parseJid(`${room}/${nick}`);
    return this.#port.use(messages).send({ to: full, body, extra: [xml("x", MUC_USER)] });
  }

  setSubject(room: string, subject: string): SentMessage {
    return this.#port.use(messages).send({
      to: room,
      type: "groupchat",
      extra: [xml("subject", null, subject)],
    });
  }

  async check(room: string): Promise<boolean> {
    const known = this.all.get(room);
    if (known === undefined) return false;
    if (known.isJoined && await this.#isThere(known)) return true;
    known.isJoined = false;
    return await this.#rejoin(room);
  }

  async #isThere({ jid, nick }: Room): Promise<boolean> {
    try {
      await this.#port.request("get", xml("ping", "urn:xmpp:ping"), { to: `${jid}/${nick}` });
      return true;
    } catch (error) {
      if (!(error instanceof StanzaError)) return true;
      return THERE.has(error.condition) || UNKNOWN.has(error.condition);
    }
  }

  async #enter(room: string, options: JoinOptions): Promise<RoomEvent> {
    const known = this.all.get(room);
    if (known === undefined) throw notThere();
    await this.#learn(known);
    const hasArchive = await this.#hasArchive(known);
    known.clear();
    this.#created.delete(room);
    const { nick, password, historyMost = HISTORY_USUAL } = options;
    const entry = this.#port.use(presence).element(`${room}/${nick}`);
    entry.append(xml(
      "x",
      MUC,
      // What an archive has is read from there, without gaps.
      xml("history", { maxstanzas: hasArchive ? 0 : historyMost }),
      password === undefined ? null : xml("password", null, password),
    ));
    await this.#answers.ask(room, () => this.#port.post(entry));
    const isCreated = this.#created.delete(room);
    if (known.features.size === 0) await this.#learn(known);
    const event: RoomEvent = {
      kind: "room",
      room,
      state: "joined",
      isCreated,
      text: undefined,
      by: undefined,
    };
    this.#port.emit(event);
    this.#sayAgain(room);
    if (hasArchive) void this.#port.use(archive).catchUp(room).catch(() => {});
    return event;
  }

  /** What the room can, which changes when it is configured. */
  async #learn(room: Room): Promise<void> {
    room.features = await this.#port.use(disco).info(room.jid)
      .then(({ features }) => features, () => new Set<string>());
  }

  #hasArchive({ features }: Room): boolean {
    return features.has("urn:xmpp:mam:2");
  }

  /** Comes back; with another nickname, if somebody has the own one. */
  async #rejoin(room: string): Promise<boolean> {
    const options = this.#options.get(room);
    if (options === undefined) return false;
    for (const nick of [options.nick, `${options.nick}_`, `${options.nick}__`]) {
      try {
        await this.#enter(room, { ...options, nick });
        return true;
      } catch (error) {
        if (error instanceof StanzaError && error.condition === "conflict") continue;
        this.#failed(room, error);
        return false;
      }
    }
    return false;
  }

  /** What may pass is tried again later; who is not let in stays out. */
  #failed(room: string, error: unknown): void {
    const mayPass = !(error instanceof StanzaError) || error.type === "wait" ||
      UNKNOWN.has(error.condition);
    if (!mayPass) this.#forget(room);
    this.#tell(room, mayPass ? "lost" : "left");
  }

  #tell(room: string, state: RoomEvent["state"], said?: RoomPresence): void {
    const event: RoomEvent = {
      kind: "room",
      room,
      state,
      isCreated: false,
      text: said?.text,
      by: said?.by,
    };
    this.#port.emit(event);
  }

  #forget(room: string): void {
    this.all.delete(room);
    this.#options.delete(room);
    this.#heardAt.delete(room);
    this.#unheard.take(room);
    this.#answers.refuse(room, notThere());
  }

  /** Presence from rooms that one is in or comes into; from others it is not about us. */
  #hearPresence(stanza: Element): boolean {
    const from = readJid(stanza.attrs["from"]);
    const room = this.all.get(from?.bare ?? "");
    if (from === undefined || room === undefined) return false;
    this.#heardAt.set(room.jid, this.#port.clock.monotonic());
    const { type } = stanza.attrs;
    if (type === "error") this.#answers.refuse(room.jid, stanzaError(stanza));
    else if (from.resource !== "" && (type === undefined || type === "unavailable")) {
      this.#take(room, readRoomPresence(stanza, from.resource, room));
    }
    return true;
  }

  #take(room: Room, said: RoomPresence): void {
    const before = room.occupants.get(said.nick);
    if (!room.apply(said)) return;
    if (said.isSelf) return this.#takeOwn(room, said);
    if (!room.isJoined) return;
    // Who has just taken another nickname was told of already.
    const isRenamed = before !== undefined && said.newNick !== undefined;
    const change = said.departure ??
      (isRenamed ? "renamed" : before === undefined ? "joined" : "changed");
    const { nick, occupant, newNick, text, by } = said;
    if (isRenamed && before !== undefined && newNick !== undefined) {
      room.occupants.set(newNick, { ...before, nick: newNick });
    }
    const event: OccupantEvent = {
      kind: "occupant",
      room: room.jid,
      nick,
      change,
      occupant,
      newNick,
      text,
      by,
    };
    this.#port.emit(event);
  }

  #takeOwn(room: Room, said: RoomPresence): void {
    if (said.occupant !== undefined) {
      // The room has the last word on nicknames (XEP-0045, 7.2.2: status 210).
      room.nick = said.nick;
      room.isJoined = true;
      if (said.isCreated) this.#created.add(room.jid);
      this.#answers.settle(room.jid);
    } else if (said.departure !== undefined && room.isJoined) {
      // Not while one comes in: then it is the end of an earlier stay.
      room.clear();
      if (said.departure !== "lost") this.#forget(room.jid);
      this.#tell(room.jid, said.departure, said);
    }
  }

  #hearMessage({ type, peer, source, from, id, subject, body, stanza }: Message): boolean {
    if (type !== "groupchat") return false;
    const room = this.all.get(peer);
    // A room that one is not in says nothing, and a person is no room.
    if (room === undefined) return true;
    this.#unheard.heard(id);
    if (source === "live") this.#heardAt.set(peer, this.#port.clock.monotonic());
    const isConfigured = stanza.getChild("x", MUC_USER)?.getChild("status") !== undefined;
    if (from.resource === "" && source === "live" && isConfigured) void this.#learn(room);
    if (subject === undefined || body !== undefined) return false;
    if (source !== "live") return true;
    room.subject = subject;
    const event: RoomSubjectEvent = {
      kind: "room-subject",
      room: peer,
      subject,
      nick: from.resource,
    };
    this.#port.emit(event);
    return true;
  }

  /** A message that was written on a new connection before one was back: kept for then. */
  #isRefused(stanza: Element): boolean {
    const room = this.all.get(this.#unheard.refused(stanza) ?? "");
    if (room === undefined) return false;
    if (room.isJoined) this.#sayAgain(room.jid);
    return true;
  }

  #sayAgain(room: string): void {
    for (const message of this.#unheard.take(room)) {
      this.#port.use(messages).send(message);
      this.#unheard.heard(message.id);
    }
  }

  /** A nickname says who somebody is now, not who somebody was. */
  #isOwn(stanza: Element, from: Jid, source: Source): boolean {
    const room = this.all.get(from.bare);
    if (room === undefined || from.resource === "") return false;
    const occupant = room.occupantIdOf(stanza);
    const own = room.self?.occupantId;
    if (occupant !== undefined && own !== undefined) return occupant === own;
    const isNow = source === "live" && stanza.getChild("delay", DELAY) === undefined;
    if (isNow) return room.isJoined && from.resource === room.nick;
    return this.#port.use(sentIds).wasTo(stanza.attrs["id"] ?? "", from.bare);
  }

  #showPresence(): void {
    const own = this.#port.use(presence);
    for (const { jid, nick, isJoined } of this.all.values()) {
      if (isJoined) this.#port.post(own.element(`${jid}/${nick}`));
    }
  }

  /** Asks rooms that have been quiet, and comes back into those that were lost. */
  #look(): void {
    this.#watch?.cancel();
    this.#watch = this.#port.clock.after(QUIET_MS / 3, () => {
      const now = this.#port.clock.monotonic();
      for (const [jid, room] of this.all) {
        const isQuiet = now - (this.#heardAt.get(jid) ?? 0) > QUIET_MS;
        if ((isQuiet || !room.isJoined) && !this.#answers.has(jid)) void this.check(jid);
      }
      this.#look();
    });
  }
}

function notThere(): XmppError {
  return new XmppError("xmpp/closed", "Cannot go on: one is not in the room");
}
