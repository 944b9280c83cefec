/**
 * What owners do with a room as a whole (XEP-0045, 10): its settings, its end.
 *
 * @module
 */
import { XmppError } from "../../transports/xmpp/errors.ts";
import type { Form, FormField } from "../../transports/xmpp/features/form.ts";
import { roomControl } from "../../transports/xmpp/features/room_control.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import {
  askField,
  fieldName,
  fieldText,
  type FieldValue,
  isSilent,
  readField,
} from "./form_text.ts";
import { oneLine } from "./one_line.ts";
import { explained } from "./refusals.ts";
import { entered } from "./room_commands.ts";

/** What the names of a room's settings begin with. */
const PREFIX = /^muc#roomconfig_/;

/** See the module's description. */
export function roomSettings(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "config", takes: "[SETTING [VALUE]]", group: "rooms" },
      does: "this room's settings; ask for one, or set it",
      run: (argument, { peer, asking }) => configure(parts, argument, entered(parts, peer), asking),
    },
    {
      ...{ name: "destroy", takes: "[REASON]", group: "rooms" },
      does: "end this room for everybody; asks once more",
      run: (argument, { peer, asking }) => destroy(parts, argument, entered(parts, peer), asking),
    },
  ];
}

async function configure(
  { xmpp }: CommandParts,
  argument: string,
  room: string,
  asking: Asking,
): Promise<string> {
  const control = xmpp.use(roomControl);
  const form = await explained("see the settings", control.configuration(room));
  if (argument === "") return settingsText(form);
  const [, typed = "", text = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
  const field = fieldOf(form, typed);
  const value = await valueFor(field, text, asking);
  if (value === undefined) return "Nothing was changed.";
  const done = control.configure(room, { [field.name]: value });
  await explained(`set ${shortName(field)}`, done);
  return `The setting ${shortName(field)} was changed.`;
}

async function valueFor(
  field: FormField,
  text: string,
  asking: Asking,
): Promise<FieldValue | undefined> {
  const isSecret = field.type === "text-private";
  // Nothing takes a secret away.
  if (text === "" && isSecret) return await asking.ask({ text: fieldName(field), echo: "hidden" });
  if (text === "") return await askField(field, asking);
  if (isSecret) {
    const hint = `/config ${shortName(field)} asks for it.`;
    const message = `Cannot set ${shortName(field)}: a secret is not typed where it is shown`;
    throw new XmppError("xmpp/unsupported", message, { hint });
  }
  const value = readField(field, text);
  if (value !== undefined) return value;
  const choices = field.type === "boolean"
    ? ["yes", "no"]
    : field.options.map(({ value }) => value);
  throw new XmppError(
    "xmpp/unsupported",
    `Cannot set ${shortName(field)}: that is no value of it`,
    {
      hint: `It is one of: ${choices.join(", ")}.`,
    },
  );
}

async function destroy(
  { xmpp }: CommandParts,
  reason: string,
  room: string,
  asking: Asking,
): Promise<string> {
  const name = parseJid(room).local;
  const answer = await asking.ask({ text: `Type ${name} to end the room for everybody` });
  if (answer?.trim() !== name) return "The room stays.";
  const done = xmpp.use(roomControl).destroy(room, reason === "" ? undefined : reason);
  await explained("end the room", done);
  return `The room ${room} was ended.`;
}

function settingsText({ fields }: Form): string {
  const settings = fields.filter((field) => !isSilent(field));
  if (settings.length === 0) return "The room has no settings.";
  return settings.map((field) =>
    `${shortName(field)}: ${oneLine(fieldText(field))}  (${oneLine(fieldName(field))})`
  )
    .join("\n");
}

function fieldOf({ fields }: Form, typed: string): FormField {
  const settings = fields.filter((field) => !isSilent(field));
  const found = settings.find((field) => field.name === typed || shortName(field) === typed);
  if (found !== undefined) return found;
  throw new XmppError("xmpp/unsupported", `Cannot set ${typed}: the room has no such setting`, {
    hint: "/config lists them.",
  });
}

function shortName({ name }: FormField): string {
  return name.replace(PREFIX, "");
}
