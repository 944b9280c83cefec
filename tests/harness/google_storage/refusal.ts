/**
 * How the XML API says no.
 *
 * @see https://cloud.google.com/storage/docs/xml-api/reference-status
 * @module
 */

/** Thrown by what handles a request; becomes the answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, why: string) {
    super(why);
    this.status = status;
    this.code = code;
  }

  /** The answer; one to HEAD has no body. */
  response(method: string): Response {
    const xml = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${this.code}</Code>` +
      `<Message>${escaped(this.message)}</Message></Error>`;
    const headers = { "content-type": "application/xml; charset=UTF-8" };
    return new Response(method === "HEAD" ? null : xml, { status: this.status, headers });
  }
}

/** Text in XML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
