/**
 * Trust as its operator sees it: beside a running node, or before the first start.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { type Device, readDevice } from "../../../history/keys.ts";
import { createLayout } from "../../../history/layout.ts";
import { encodeDeviceRecord } from "../../../message/device.ts";
import type { Address } from "../../../message/event.ts";
import type { DeviceReport } from "./contract.ts";
import { type Change, decide, type Decided, readDecided } from "./decisions.ts";
import { TrustError } from "./errors.ts";
import type { Facts } from "./facts.ts";
import { type TrustPaths, trustPaths } from "./files.ts";
import { fingerprint, parseDeviceName } from "./fingerprint.ts";
import { type Memory, readMemory } from "./memory.ts";
import { type KeyEvent, pastOf } from "./past.ts";
import { factsOf, reportsOf } from "./report.ts";
import { Standings } from "./standings.ts";
import {
  type ChainEnd,
  endorse,
  type Issuer,
  type Revocation,
  revoke,
  type Unsigned,
} from "./statement.ts";

/** A key that was bound to a sender by hand. */
export interface Binding {
  readonly sender: Address;
  /** base64. */
  readonly key: string;
  readonly fingerprint: string;
}

/** How far a revoked device counts. */
export type RevocationExtent =
  /** Up to the ends of its chains. */
  | { readonly chains: readonly ChainEnd[] }
  /** Up to an object of its head; 0: not at all. */
  | { readonly last_object: number };

/** Where trust is decided by hand. */
export interface ByHandOptions {
  /** The data folder. */
  readonly data: string;
  readonly clock: Clock;
}

/**
 * Reads the trust of a data folder.
 *
 * @throws {TrustError} `trust/corrupt`, `trust/io`
 */
export async function openTrustByHand({ data, clock }: ByHandOptions): Promise<TrustByHand> {
  const paths = trustPaths(data);
  const own = await readDevice(createLayout(data));
  const { memory } = await readMemory(paths);
  return new TrustByHand({ paths, clock, own, memory }, await readDecided(paths));
}

interface Parts {
  readonly paths: TrustPaths;
  readonly clock: Clock;
  readonly own: Device | undefined;
  readonly memory: Memory;
}

/** See the module's description. Every change is on disk when its promise resolves. */
export class TrustByHand {
  readonly #parts: Parts;
  #decided: Decided;

  /** Use {@linkcode openTrustByHand}. */
  constructor(parts: Parts, decided: Decided) {
    this.#parts = parts;
    this.#decided = decided;
    const { own, memory, clock } = parts;
    if (own === undefined || memory.records.has(own.id)) return;
    // Nothing was synced yet: this folder's device is known all the same.
    memory.own.add(own.id);
    const json = encodeDeviceRecord(own.record);
    memory.records.set(own.id, { record: own.record, json, seenAt: clock.now() });
  }

  /** Every device that is known. */
  list(): readonly DeviceReport[] {
    const facts = this.#facts();
    return reportsOf(facts, new Standings(facts));
  }

  /** What has happened to whose keys, oldest first. */
  past(): readonly KeyEvent[] {
    return pastOf(this.#parts.memory, this.#decided);
  }

  /** The keys that were bound by hand. */
  bindings(): readonly Binding[] {
    return Array.from(this.#decided.bindings).flatMap(([sender, keys]) =>
      Array.from(keys, (key) => ({ sender, key, fingerprint: fingerprint(key) }))
    );
  }

  /**
   * The device of an id or a fingerprint; one that was not seen yet can be decided about too.
   *
   * @throws {TrustError} `trust/form`; `trust/unknown` for a fingerprint that is another key's
   */
  find(text: string): { readonly device: string; readonly report?: DeviceReport } {
    const name = parseDeviceName(text);
    if (name === undefined) {
      throw new TrustError("trust/form", "Cannot find the device: that is no id or fingerprint", {
        hint: "See: chatnode sync keys list",
      });
    }
    const report = this.list().find(({ device }) => device === name.device);
    const letters = report?.fingerprint.replaceAll(" ", "");
    if (report === undefined) return { device: name.device };
    if (name.letters !== undefined && name.letters !== letters) {
      throw new TrustError(
        "trust/unknown",
        `Cannot find the device: ${name.device} has another fingerprint`,
        { hint: "Somebody made a key that looks like the one that is meant. Trust neither." },
      );
    }
    return { device: name.device, report };
  }

  /** Trusts a device; ends `distrusted` and `forked`. @throws {TrustError} */
  async trust(device: string): Promise<void> {
    const suspicions = this.#parts.memory.suspicions.get(device) ?? 0;
    await this.#change({ decide: { device, decision: "trust", suspicions } });
  }

  /** Distrusts a device: nothing it signed or says of others counts. @throws {TrustError} */
  async distrust(device: string): Promise<void> {
    await this.#change({ decide: { device, decision: "distrust", suspicions: 0 } });
  }

  /** Binds a key without a device to a sender. @throws {ChatnodeError} */
  async bind(sender: Address, key: string): Promise<void> {
    await this.#change({ bind: { sender, key } });
  }

  /** Ends a binding. @throws {TrustError} */
  async unbind(sender: Address, key: string): Promise<void> {
    await this.#change({ unbind: { sender, key } });
  }

  /**
   * Says to everybody that a device goes on in the name of this one.
   *
   * @throws {TrustError} `trust/unknown` when its record was not seen, or there is no own device
   */
  async endorse(device: string): Promise<void> {
    const { record } = this.#seen(device);
    await this.#change({ issue: [endorse(record, this.#issuer())] });
  }

  /**
   * Says to everybody that nothing of a device counts after a place.
   *
   * @param endorsed devices whose endorsement by it still holds
   * @param reason for people, at most 240 characters
   * @throws {TrustError} `trust/unknown`; `trust/signer` when nobody would believe this device;
   *   `trust/too-large`
   */
  async revoke(
    device: string,
    extent: RevocationExtent,
    endorsed: readonly string[],
    reason?: string,
  ): Promise<Revocation> {
    this.#seen(device);
    const issuer = this.#issuer();
    const why = reason === undefined ? {} : { reason };
    const what: Unsigned<Revocation> = { device, ...extent, endorsed, ...why };
    const revocation = revoke(what, issuer);
    const facts = this.#facts();
    const after = new Standings({ ...facts, revocations: [...facts.revocations, revocation] });
    if (!after.revocations(device).includes(revocation)) {
      throw new TrustError(
        "trust/signer",
        `Cannot revoke ${device}: this node's device may not speak for its node`,
        { hint: `To believe it no longer here: chatnode sync keys distrust ${device}` },
      );
    }
    await this.#change({ issue: [revocation] });
    return revocation;
  }

  /** The devices that a device has endorsed. */
  endorsedBy(device: string): readonly string[] {
    const { endorsements } = this.#facts();
    return endorsements.filter(({ by }) => by === device).map((each) => each.device);
  }

  #seen(device: string) {
    const seen = this.#parts.memory.records.get(device);
    if (seen !== undefined) return seen;
    throw new TrustError("trust/unknown", `Cannot find ${device}: no such device was seen yet`, {
      hint: "See: chatnode sync keys list",
    });
  }

  #issuer(): Issuer {
    const { own, clock } = this.#parts;
    if (own !== undefined) return { device: own.id, key: own.key, now: clock.now() };
    throw new TrustError(
      "trust/unknown",
      "Cannot sign anything: this data folder has no device of its own that may be read",
      { hint: "Name the node's data folder with --data, and run this as the node's user." },
    );
  }

  #facts(): Facts {
    return factsOf(this.#parts.memory, this.#decided);
  }

  async #change(change: Change): Promise<void> {
    const { paths, clock } = this.#parts;
    this.#decided = await decide(paths, clock, change);
  }
}
