/**
 * Percent-encoding as signatures want it (RFC 3986, 2.3): everything but the unreserved characters.
 *
 * @module
 */

/** One name or value of a query, or one part of a path. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A key as a path: its slashes stay. */
export function encodedPath(key: string): string {
  return key.split("/").map(percentEncoded).join("/");
}

/** A query without `?`, by name, as signatures want it. */
export function encodedQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${percentEncoded(name)}=${percentEncoded(value)}`]
    )
    .sort().join("&");
}
