/**
 * Commands about servers and what belongs to them: what there is, whether it answers, which rooms it
 * has, registering with gateways.
 *
 * @module
 */
import { about } from "../../transports/xmpp/features/about.ts";
import { disco } from "../../transports/xmpp/features/disco.ts";
import { ping } from "../../transports/xmpp/features/ping.ts";
import { registration } from "../../transports/xmpp/features/registration.ts";
import type { RegistrationForm } from "../../transports/xmpp/features/registration_form.ts";
import { MUC } from "../../transports/xmpp/features/room.ts";
import { serviceContact } from "../../transports/xmpp/features/service_contact.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { XmppError } from "../../transports/xmpp/errors.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import { lengthOf } from "../../ui/terminal/times.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import { askForm } from "./form_text.ts";
import { oneLine } from "./one_line.ts";
import { explained } from "./refusals.ts";

const SHOWN_MOST = 200;

/** See the module's description. */
export function serverCommands(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "server", takes: "[ADDRESS]", group: "server" },
      does: "what the server is and runs, whom to turn to about it, what belongs to it",
      run: (argument) => describe(parts, addressed(parts, argument)),
    },
    {
      ...{ name: "browse", takes: "[SERVICE]", group: "rooms" },
      does: "the public rooms of the server, or of another service",
      run: (argument) => browse(parts, argument),
    },
    {
      ...{ name: "ping", takes: "[ADDRESS]", completes: "person", group: "server" },
      does: "how long the server, or somebody, takes to answer",
      run: (argument) => pingOf(parts, addressed(parts, argument)),
    },
    {
      ...{ name: "register", takes: "SERVICE", group: "server" },
      does: "register with a service such as a gateway; asks for what it needs",
      run: (argument, { asking }) => register(parts, parseJid(argument).full, asking),
    },
    {
      ...{ name: "unregister", takes: "SERVICE", group: "server" },
      does: "end that",
      async run(argument) {
        const service = parseJid(argument).full;
        const done = parts.xmpp.use(registration).unregister(service);
        await explained(`end the registration with ${service}`, done);
        return `You are not registered with ${service} any more.`;
      },
    },
  ];
}

/** An address as it is typed, a name as everywhere, the own server without either. */
function addressed({ xmpp, peers }: CommandParts, argument: string): string {
  if (argument === "") return parseJid(xmpp.account).domain;
  const isAddress = /[@.]/.test(argument) || argument === parseJid(xmpp.account).domain;
  return isAddress ? parseJid(argument).full : peers.person(argument);
}

async function describe({ xmpp }: CommandParts, jid: string): Promise<string> {
  const { identities } = await explained(`ask ${jid}`, xmpp.use(disco).info(jid));
  const asked = xmpp.use(about);
  const [version, uptime, contacts, items] = await Promise.all([
    asked.version(jid).catch(() => undefined),
    asked.idleSeconds(jid).catch(() => undefined),
    xmpp.use(serviceContact).of(jid).catch(() => undefined),
    xmpp.use(disco).items(jid).catch(() => []),
  ]);
  const system = version?.system === undefined ? "" : ` on ${version.system}`;
  return [
    jid,
    ...identities.map(({ category, type, name }) => oneLine(`Is ${category}/${type} ${name}`)),
    ...version === undefined ? [] : [oneLine(`Runs ${version.name} ${version.version}${system}`)],
    ...uptime === undefined ? [] : [`Up for ${lengthOf(uptime * 1_000)}`],
    ...[...contacts ?? []].map(([purpose, all]) => oneLine(`For ${purpose}: ${all.join(", ")}`)),
    // Prosody names some twice.
    ...new Set(
      items.slice(0, SHOWN_MOST).map(({ jid, name }) =>
        oneLine(`Has ${jid}${name === undefined ? "" : ` (${name})`}`)
      ),
    ),
  ].join("\n");
}

async function browse({ xmpp }: CommandParts, argument: string): Promise<string> {
  const service = argument === "" ? await xmpp.use(disco).service(MUC) : parseJid(argument).domain;
  if (service === undefined) {
    throw new XmppError("xmpp/unsupported", "Cannot look for rooms: the server has no service", {
      hint: "/browse SERVICE looks at another one.",
    });
  }
  const found = await explained(`ask ${service} for rooms`, xmpp.use(disco).items(service));
  const rooms = found.filter(({ jid }) => jid.includes("@")).slice(0, SHOWN_MOST);
  if (rooms.length === 0) return `${service} tells of no rooms.`;
  return rooms.map(({ jid, name }) =>
    name === undefined || name === jid ? jid : `${jid}  ${oneLine(name)}`
  ).join("\n");
}

async function pingOf({ xmpp }: CommandParts, jid: string): Promise<string> {
  const ms = await explained(`reach ${jid}`, xmpp.use(ping).ping(jid));
  return `${jid} answered after ${Math.max(1, Math.round(ms))} ms.`;
}

async function register({ xmpp }: CommandParts, service: string, asking: Asking): Promise<string> {
  const own = xmpp.use(registration);
  const states = {
    "service-unavailable": "nobody registers there",
    "feature-not-implemented": "nobody registers there",
  };
  const asked = await explained(`register with ${service}`, own.ask(service), states);
  if (asked.isRegistered) await asking.tell(`You are registered with ${service} already.`);
  const values = asked.form === undefined
    ? await askFields(asked, asking)
    : await askForm(asked.form, asking);
  if (values === undefined) return "Given up; nothing was done.";
  await explained(`register with ${service}`, own.register(service, asked, values), states);
  return `You are registered with ${service}.`;
}

async function askFields(
  { fields, instructions, url }: RegistrationForm,
  asking: Asking,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (instructions !== undefined) await asking.tell(oneLine(instructions));
  if (url !== undefined) await asking.tell(oneLine(url));
  const values: Record<string, string> = {};
  for (const name of fields) {
    const echo = name === "password" ? "hidden" : "shown";
    const answer = await asking.ask({ text: name, echo });
    if (answer === undefined) return undefined;
    values[name] = answer;
  }
  return values;
}
