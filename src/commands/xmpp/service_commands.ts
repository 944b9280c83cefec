/**
 * Commands that servers, services and other clients offer (XEP-0050): which there are, and running
 * one with its forms asked field by field.
 *
 * @module
 */
import { XmppError } from "../../transports/xmpp/errors.ts";
import {
  type Command,
  type CommandAction,
  type Commands,
  commands,
  type CommandStep,
} from "../../transports/xmpp/features/commands.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import { askForm, formText } from "./form_text.ts";
import { oneLine } from "./one_line.ts";
import { explained } from "./refusals.ts";

/** A command that never comes to an end is given up. */
const STEPS_MOST = 50;
const SHOWN_MOST = 100;

/** See the module's description. */
export function serviceCommands(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "command", also: ["adhoc"], takes: "[ADDRESS] [NAME]", group: "server" },
      does: "what the server or somebody offers to do; do it, asking for what it needs",
      run: (argument, { asking }) => run(parts, argument, asking),
    },
  ];
}

async function run({ xmpp }: CommandParts, argument: string, asking: Asking): Promise<string> {
  const { domain } = parseJid(xmpp.account);
  const { jid, name } = readTarget(argument, domain);
  const all = xmpp.use(commands);
  const offered = await explained(`ask ${jid} for commands`, all.list(jid), {
    "service-unavailable": "it offers none",
    "feature-not-implemented": "it offers none",
    "item-not-found": "it offers none",
  });
  if (name === "") return listText(offered, jid, jid === domain);
  const command = chosen(offered, name);
  if (command === undefined) {
    throw new XmppError("xmpp/unsupported", `Cannot run ${name}: ${jid} offers no such command`, {
      hint: `/command ${jid} lists what it offers.`,
    });
  }
  const first = await explained(`run ${name}`, all.begin(command));
  const go: Commands["go"] = (...asked) => explained(`go on with ${name}`, all.go(...asked));
  return await goThrough({ name, go }, first, asking);
}

/** How one goes on with the command that is called `name`. */
interface Going {
  readonly name: string;
  go: Commands["go"];
}

/** Asks and goes on until the command is over. */
async function goThrough({ go, name }: Going, first: CommandStep, asking: Asking): Promise<string> {
  let step = first;
  for (let count = 0; step.state === "executing" && count < STEPS_MOST; count += 1) {
    for (const { type, text } of step.notes) await asking.tell(noteText(type, text));
    const values = step.form === undefined ? {} : await askForm(step.form, asking);
    const action = values === undefined ? undefined : await nextAction(step, asking);
    if (values === undefined || action === undefined) {
      await go(step, "cancel").catch(() => {});
      return "Given up; nothing was done.";
    }
    step = await go(step, action, values);
  }
  if (step.state === "executing") {
    await go(step, "cancel").catch(() => {});
    throw new XmppError("xmpp/protocol", `Cannot run ${name}: it does not come to an end`);
  }
  return endText(step);
}

/** The way on; asked for where there are several, and where nothing else was asked. */
async function nextAction(step: CommandStep, asking: Asking): Promise<CommandAction | undefined> {
  const onward = (["next", "complete", "execute"] as const)
    .filter((one) => step.actions.has(one));
  // `execute` only says again which of the others is meant.
  const named = onward.filter((one) => one !== "execute");
  const [only = onward[0]] = named;
  if (only === undefined) return undefined;
  const ways: readonly CommandAction[] = step.actions.has("prev") ? [...named, "prev"] : named;
  const hasAsked = step.form?.fields.some(({ type }) => type !== "hidden" && type !== "fixed");
  if (ways.length < 2 && hasAsked === true) return only;
  const choices = ways.length === 0 ? [only] : ways;
  const answer = await asking.ask({
    ...{ text: `Go on (${choices.join(", ")})`, given: only, choices },
  });
  const typed = answer?.trim().toLowerCase();
  return typed === "" ? only : choices.find((one) => one === typed);
}

function endText({ state, notes, form }: CommandStep): string {
  const said = notes.map(({ type, text }) => noteText(type, text));
  const result = form === undefined ? "" : formText(form);
  const lines = [...said, result].filter((one) => one !== "");
  if (state === "canceled") return ["The command was given up.", ...lines].join("\n");
  return lines.length === 0 ? "Done." : lines.join("\n");
}

function noteText(type: CommandStep["notes"][number]["type"], text: string): string {
  const said = oneLine(text);
  return type === "info" ? said : `${type === "error" ? "Error" : "Warning"}: ${said}`;
}

function listText(offered: readonly Command[], jid: string, isOwn: boolean): string {
  if (offered.length === 0) return `${jid} offers nothing.`;
  const lines = offered.slice(0, SHOWN_MOST).map(({ name, node }) =>
    name === undefined ? oneLine(node) : `${oneLine(name)}  (${oneLine(node)})`
  );
  return [...lines, `/command ${isOwn ? "" : `${jid} `}NAME does one of them.`].join("\n");
}

/** By the name or the node, whatever its case; a beginning will do when it is the only one. */
function chosen(offered: readonly Command[], typed: string): Command | undefined {
  const wanted = typed.toLowerCase();
  const named = (command: Command) => oneLine(command.name ?? "").toLowerCase();
  const exact = offered.find((one) => one.node === typed || named(one) === wanted);
  if (exact !== undefined) return exact;
  const beginning = offered.filter((one) => named(one).startsWith(wanted));
  return beginning.length === 1 ? beginning[0] : undefined;
}

/** Whom to ask, where the first word says it, and for what. */
function readTarget(argument: string, domain: string): { jid: string; name: string } {
  const [, word = "", rest = ""] = /^(\S*)\s*([^]*)$/.exec(argument) ?? [];
  const isAddress = word === domain || (/[@.]/.test(word) && !/[:#]/.test(word));
  if (!isAddress) return { jid: domain, name: argument };
  return { jid: parseJid(word).full, name: rest };
}
