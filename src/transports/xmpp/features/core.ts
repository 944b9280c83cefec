/**
 * What every session does, whichever features it has: rows for the table of extensions.
 *
 * @module
 */
import { type Extension, feature } from "./feature.ts";

const EXTENSIONS: readonly Extension[] = [
  { xep: "RFC 6120", name: "XMPP Core", version: "2011-03", state: "complete" },
  { xep: "RFC 7395", name: "XMPP over WebSocket", version: "2014-10", state: "complete" },
  { xep: "RFC 7590", name: "Use of TLS in XMPP", version: "2015-06", state: "complete" },
  {
    xep: "RFC 7622",
    name: "XMPP Address Format",
    version: "2015-09",
    state: "partial",
    note: "without the tables of PRECIS",
  },
  {
    xep: "0156",
    name: "Discovering Alternative XMPP Connection Methods",
    version: "1.4.0",
    state: "partial",
    note: "JSON; WebSocket alone",
  },
  {
    xep: "0175",
    name: "Best Practices for Use of SASL ANONYMOUS",
    version: "1.2",
    state: "complete",
  },
  {
    xep: "0178",
    name: "Best Practices for Use of SASL EXTERNAL with Certificates",
    version: "1.2",
    state: "complete",
  },
  { xep: "0198", name: "Stream Management", version: "1.6", state: "complete" },
  { xep: "0368", name: "SRV records for XMPP over TLS", version: "1.1.0", state: "complete" },
  { xep: "0386", name: "Bind 2", version: "1.0.1", state: "complete" },
  {
    xep: "0388",
    name: "Extensible SASL Profile",
    version: "1.0.1",
    state: "partial",
    note: "no second factors",
  },
  {
    xep: "0440",
    name: "SASL Channel-Binding Type Capability",
    version: "0.4.1",
    state: "partial",
    note: "tls-server-end-point",
  },
  {
    xep: "0484",
    name: "Fast Authentication Streamlining Tokens",
    version: "0.2.0",
    state: "complete",
  },
];

/** Nothing to start: the session itself does all of it. */
export const core = feature<void>({ extensions: EXTENSIONS, start: () => {} });
