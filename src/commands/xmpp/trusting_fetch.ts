/**
 * Requests over HTTP that trust what the account's server is trusted by.
 *
 * @module
 */
import type { HttpFetch } from "../../transports/xmpp/features/uploads.ts";

/** What requests are made with. */
export interface TrustingFetch extends Disposable {
  readonly fetch: HttpFetch;
}

/**
 * Made for the first request: what it takes is a tenth of a megabyte, and most accounts never ask
 * for anything.
 *
 * @param ca certificates (PEM) to trust besides the system's
 */
export function trustingFetch(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  ca: string | undefined,
): TrustingFetch {
  let client: Deno.HttpClient | undefined;
  return {
    fetch(url, init) {
      if (ca === undefined) return fetch(url, init);
      client ??= Deno.createHttpClient({ caCerts: [ca] });
      const trusting: RequestInit & { readonly client: Deno.HttpClient } = { ...init, client };
      return fetch(url, trusting);
    },
    [Symbol.dispose]: () => client?.close(),
  };
}
