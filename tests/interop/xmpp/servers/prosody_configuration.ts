/**
 * Prosody's configuration for tests, one host a behaviour:
 *
 * | host | what is special |
 * | --- | --- |
 * | localhost | everything a client uses; `conference.`, `upload.`, `pubsub.`, `proxy.` |
 * | sha256.test | SCRAM-SHA-256 and PLAIN only; nobody registers |
 * | anon.test | ANONYMOUS only |
 * | notls.test | never encrypted |
 * | opttls.test | STARTTLS offered, not required; who registers is asked for an email, too |
 * | sasl2.test | SASL2, Bind 2, FAST (XEP-0388, XEP-0386, XEP-0484); mod_sasl2_sm needs Prosody 0.13 |
 * | external.test | client certificates (XEP-0178) |
 * | selfsigned.test, expired.test, wrongname.test | a certificate that must be refused |
 *
 * @module
 */
import { COMPONENT_SECRET, type Ports } from "./contract.ts";

/** Hosts with accounts of their own. */
export const PROSODY_HOSTS: readonly string[] = [
  ...["localhost", "sha256.test", "notls.test", "opttls.test", "sasl2.test"],
  ...["selfsigned.test", "expired.test", "wrongname.test"],
];

/**
 * What mod_sasl2 and mod_sasl2_fast of the same Debian release rely on, and Prosody 0.12 does not
 * have: `ssl_info` of a connection, dates of times with fractions, an accessor, and who opens a
 * stream (FAST is for alice alone there).
 */
export const NEWER_CORE_PLUGIN = `
local datetime = require "util.datetime";
local of_whole_seconds = datetime.datetime;
function datetime.datetime(time) return of_whole_seconds(time and math.floor(time)); end
local stanza = require "util.stanza".stanza_mt;
function stanza:get_child_attr(name, xmlns, attribute)
  local child = self:get_child(name, xmlns);
  return child and child.attr[attribute];
end
module:hook("stream-features", function (event)
  event.stream = event.stream or { from = "alice@" .. module.host };
  local connection = event.origin.conn;
  if connection.ssl_info then return; end
  function connection:ssl_info() return self.conn.info and self.conn:info(); end
end, 1000);
`;

/** The file's text; `folder` is where it keeps everything, `certs` the certificates. */
export function prosodyConfiguration(
  folder: string,
  certs: string,
  ports: Ports,
  options: { readonly hibernationSeconds: number },
): string {
  const tls = (name: string): string =>
    `{ certificate = "${certs}/${name}.chain.crt", key = "${certs}/${name}.key" }`;
  return `
run_as_root = true
daemonize = false
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
log = { { levels = { min = "info" }, to = "file", filename = "${folder}/prosody.log" } }
plugin_paths = { "${folder}/plugins", "/usr/lib/prosody/modules" }
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.starttls} }
c2s_direct_tls_ports = { ${ports.direct} }
legacy_ssl_ports = {}
s2s_ports = {}
s2s_direct_tls_ports = {}
http_ports = { ${ports.http} }
http_interfaces = { "127.0.0.1" }
https_ports = { ${ports.https} }
https_interfaces = { "127.0.0.1" }
component_ports = { ${ports.component} }
component_interfaces = { "127.0.0.1" }
proxy65_ports = {}
admin_socket = "${folder}/prosody.sock"
http_default_host = "localhost"
http_external_url = "http://127.0.0.1:${ports.http}/"
trusted_proxies = { "127.0.0.1" }
consider_websocket_secure = true
smacks_hibernation_time = ${options.hibernationSeconds}
smacks_max_unacked_stanzas = 100000
smacks_max_queue_size = 100000
limits = {}
archive_expires_after = "never"
default_archive_policy = true
max_archive_query_results = 100
allow_registration = true
registration_throttle_max = nil
c2s_require_encryption = true
storage = "internal"
certificates = "${certs}"
ssl = ${tls("good")}
https_ssl = ${tls("good")}
c2s_direct_tls_ssl = ${tls("good")}
authentication = "internal_hashed"
admins = { "admin@localhost" }
modules_enabled = {
  "disco", "roster", "saslauth", "tls", "blocklist", "bookmarks", "carbons", "pep", "private",
  "smacks", "vcard4", "vcard_legacy", "cloud_notify", "csi", "csi_simple", "lastactivity", "mam",
  "ping", "register", "time", "uptime", "version", "admin_adhoc", "websocket", "http",
  "external_services", "offline", "privacy_lists", "user_account_management", "iq", "message",
  "presence", "c2s", "server_contact_info",
}
contact_info = { abuse = { "mailto:abuse@localhost" } }
modules_disabled = { "s2s", "account_activity" }
external_services = {
  { type = "stun", transport = "udp", host = "127.0.0.1", port = 3478 },
}

VirtualHost "localhost"
  disco_items = {
    { "conference.localhost" }, { "upload.localhost" }, { "pubsub.localhost" }
  }
VirtualHost "sha256.test"
  allow_registration = false
  password_hash = "SHA-256"
VirtualHost "anon.test"
  authentication = "anonymous"
VirtualHost "notls.test"
  modules_disabled = { "tls" }
  c2s_require_encryption = false
  allow_unencrypted_plain_auth = true
VirtualHost "opttls.test"
  additional_registration_fields = { "email" }
  c2s_require_encryption = false
VirtualHost "sasl2.test"
  modules_enabled = { "newer_core", "sasl2", "sasl2_bind2", "sasl2_fast" }
VirtualHost "external.test"
  authentication = "ccert"
  certificate_match = "xmppaddr"
  ssl = { certificate = "${certs}/good.chain.crt", key = "${certs}/good.key",
    cafile = "${certs}/ca.crt", verify = { "peer", "client_once" },
    verifyext = { "lsec_continue", "lsec_ignore_purpose" } }
VirtualHost "selfsigned.test"
  ssl = ${tls("selfsigned")}
VirtualHost "expired.test"
  ssl = ${tls("expired")}
VirtualHost "wrongname.test"
  ssl = ${tls("wrongname")}

Component "conference.localhost" "muc"
  modules_enabled = { "muc_mam", "vcard_muc", "muc_moderation" }
  muc_room_default_persistent = true
  restrict_room_creation = false
Component "upload.localhost" "http_file_share"
  http_file_share_size_limit = 20*1024*1024
  http_host = "localhost"
  http_external_url = "https://localhost:${ports.https}/"
Component "pubsub.localhost" "pubsub"
Component "bot.localhost"
  component_secret = "${COMPONENT_SECRET}"
Component "gw.localhost"
  component_secret = "${COMPONENT_SECRET}"
`;
}
