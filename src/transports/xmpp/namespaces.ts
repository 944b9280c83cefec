/**
 * Namespaces of what every stream does. Those of an extension stand with its feature.
 */
export const NS = {
  client: "jabber:client",
  stream: "http://etherx.jabber.org/streams",
  streamErrors: "urn:ietf:params:xml:ns:xmpp-streams",
  stanzaErrors: "urn:ietf:params:xml:ns:xmpp-stanzas",
  tls: "urn:ietf:params:xml:ns:xmpp-tls",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  sasl2: "urn:xmpp:sasl:2",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  bind2: "urn:xmpp:bind:0",
  fast: "urn:xmpp:fast:0",
  session: "urn:ietf:params:xml:ns:xmpp-session",
  channelBinding: "urn:xmpp:sasl-cb:0",
  streamManagement: "urn:xmpp:sm:3",
  ping: "urn:xmpp:ping",
} as const;
