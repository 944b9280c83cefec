/**
 * ejabberd's configuration for tests: `localhost` with everything a client uses and plain stored
 * passwords, so that DIGEST-MD5 and every SCRAM can be offered, `anon.test`, and `md5.test`, which is
 * as old servers are.
 *
 * @module
 */
import { COMPONENT_SECRET, type Ports } from "./contract.ts";

/** Everything but DIGEST-MD5 that it knows. */
const ALL_BUT_MD5: readonly string[] = [
  ...["X-OAUTH2", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"],
  ...["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"],
];

/** The file's text; `folder` is where it keeps everything, `certs` the certificates. */
export function ejabberdConfiguration(folder: string, certs: string, ports: Ports): string {
  const c2s = (port: number, tls: string): string => `
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: none
    access: everyone
    ${tls}`;
  const http = (port: number, tls: boolean): string => `
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    tls: ${tls}
    request_handlers:
      /api: mod_http_api
      /bosh: mod_bosh
      /ws: ejabberd_http_ws
      /upload/localhost: mod_http_upload
      /.well-known/host-meta: mod_host_meta
      /.well-known/host-meta.json: mod_host_meta`;
  return `
loglevel: info
hosts: [localhost, anon.test, md5.test]
certfiles: ["${certs}/good.pem"]
listen:${c2s(ports.starttls, "starttls: true\n    starttls_required: true")}${
    c2s(ports.direct, "tls: true")
  }${http(ports.http, false)}${http(ports.https, true)}
  - port: ${ports.component}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: everyone
    hosts:
      bot.localhost: {password: "${COMPONENT_SECRET}"}
      gw.localhost: {password: "${COMPONENT_SECRET}"}
registration_timeout: infinity
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["X-OAUTH2"]
host_config:
  md5.test:
    disable_sasl_mechanisms: ${JSON.stringify(ALL_BUT_MD5)}
  anon.test:
    auth_method: [anonymous]
    anonymous_protocol: sasl_anon
    allow_multiple_connections: true
s2s_use_starttls: required
acl:
  admin: {user: [admin@localhost]}
  loopback: {ip: [127.0.0.0/8]}
access_rules:
  everyone: {allow: all}
  local: {allow: all}
  muc_create: {allow: all}
  configure: {allow: admin}
api_permissions:
  tests:
    from: [mod_http_api]
    who: {access: {allow: [{acl: loopback}]}}
    what: "*"
modules:
  mod_adhoc: {}
  mod_admin_extra: {}
  mod_avatar: {}
  mod_blocking: {}
  mod_bosh: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_configure: {}
  mod_disco:
    server_info:
      - modules: all
        name: "abuse-addresses"
        urls: ["mailto:abuse@localhost"]
  mod_http_api: {}
  mod_http_upload:
    put_url: "https://localhost:${ports.https}/upload/@HOST@"
    get_url: "https://localhost:${ports.https}/upload/@HOST@"
    docroot: "${folder}/upload"
  mod_host_meta:
    bosh_service_url: "https://localhost:${ports.https}/bosh"
    websocket_url: "wss://localhost:${ports.https}/ws"
  mod_last: {}
  mod_mam: {default: always, assume_mam_usage: true}
  mod_muc:
    access: [allow]
    access_create: muc_create
    access_mam: [allow]
    default_room_options: {mam: true, persistent: true}
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub: {plugins: [flat, pep]}
  mod_push: {}
  mod_register: {ip_access: all, password_strength: 0}
  mod_roster: {versioning: true}
  mod_stream_mgmt: {resend_on_timeout: if_offline, max_ack_queue: 100000, resume_timeout: 60}
  mod_time: {}
  mod_vcard: {search: false}
  mod_vcard_xupdate: {}
  mod_version: {}
`;
}
