import { partyOf } from "../../accounts/remote.ts";

/** What one listener lets its clients use. Times in milliseconds, sizes in bytes. */
export interface HttpLimits {
  /** From the connection's start, or the previous answer's end, to the last header. */
  readonly headersTimeout: number;
  /** From the first byte of a request to the last byte of its body. */
  readonly requestTimeout: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveTimeout: number;
  /** How long a connection may stand without a byte either way; longer than any long poll. */
  readonly idleTimeout: number;
  /** All headers of one request together. */
  readonly headerBytes: number;
  /** Open connections, sockets of every door included. */
  readonly connections: number;
  /** Open connections of one address (IPv6: of one /64 network); trusted proxies are not counted. */
  readonly connectionsPerAddress: number;
}

/** What an embedder gets without saying anything. */
export const DEFAULT_LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  idleTimeout: 120_000,
  headerBytes: 16 * 1024,
  connections: 10_000,
  connectionsPerAddress: 256,
};

/** Counts open connections, in total and by address. */
export class ConnectionCount {
  readonly #limits: Pick<HttpLimits, "connections" | "connectionsPerAddress">;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<HttpLimits, "connections" | "connectionsPerAddress">) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * Counts one more connection of `address`, unless a limit is reached; `undefined` as address
   * counts towards the total only. Whoever got true calls {@linkcode ConnectionCount.left} once.
   */
  entered(address: string | undefined): boolean {
    if (this.#total >= this.#limits.connections) return false;
    if (address !== undefined) {
      const origin = partyOf(address);
      const count = this.#byAddress.get(origin) ?? 0;
      if (count >= this.#limits.connectionsPerAddress) return false;
      this.#byAddress.set(origin, count + 1);
    }
    this.#total++;
    return true;
  }

  left(address: string | undefined): void {
    this.#total--;
    if (address === undefined) return;
    const origin = partyOf(address);
    const count = (this.#byAddress.get(origin) ?? 1) - 1;
    if (count > 0) this.#byAddress.set(origin, count);
    else this.#byAddress.delete(origin);
  }
}
