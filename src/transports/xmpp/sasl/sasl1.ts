/**
 * SASL as RFC 6120, 6 has it.
 *
 * @module
 */
import { protocolFault } from "../errors.ts";
import { NS } from "../namespaces.ts";
import type { XmppStream } from "../stream/stream.ts";
import { xml } from "../xml.ts";
import { decoded, encoded } from "./base64.ts";
import { loginRefused } from "./failure.ts";
import type { Mechanism } from "./mechanism.ts";

/** No honest mechanism takes more turns. */
const TURNS_MOST = 8;

/**
 * Logs in. The stream has to be opened anew afterwards.
 *
 * @throws {XmppError} `xmpp/credentials`, `xmpp/server-proof`, `xmpp/protocol`
 */
export async function login(
  stream: XmppStream,
  mechanism: Mechanism,
  signal: AbortSignal,
): Promise<void> {
  const first = await mechanism.first();
  const attributes = { xmlns: NS.sasl, mechanism: mechanism.name };
  stream.send(xml("auth", attributes, first === undefined ? "" : encoded(first)));
  for (let turn = 0; turn < TURNS_MOST; turn++) {
    const answer = await stream.next(signal);
    if (answer.is("failure", NS.sasl)) throw loginRefused(answer);
    if (answer.is("success", NS.sasl)) {
      const data = answer.text().trim();
      await mechanism.finish(data === "" ? undefined : decoded(data));
      stream.trust();
      return;
    }
    if (!answer.is("challenge", NS.sasl)) throw protocolFault("the server left the login");
    const response = await mechanism.next(decoded(answer.text()));
    stream.send(xml("response", NS.sasl, response.length === 0 ? "" : encoded(response)));
  }
  throw protocolFault("the server does not end the login");
}
