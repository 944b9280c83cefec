/**
 * Ad-hoc commands (XEP-0050) of servers, services and other clients, as who uses them.
 *
 * @module
 */
import { type Element, xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { filledForm, type Form, type FormValues, readForm } from "./form.ts";

/** A command that somebody offers. */
export interface Command {
  /** Who carries it out. */
  readonly jid: string;
  readonly node: string;
  /** Theirs: not safe to show. */
  readonly name: string | undefined;
}

/** What one can do with a command that is under way. */
export type CommandAction = "execute" | "next" | "prev" | "complete" | "cancel";

/** Where a command is. Its texts are the other side's: not safe to show. */
export interface CommandStep {
  readonly command: Command;
  readonly state: "executing" | "completed" | "canceled";
  readonly form: Form | undefined;
  readonly notes: readonly { readonly type: "info" | "warn" | "error"; readonly text: string }[];
  readonly actions: ReadonlySet<CommandAction>;
  /** What the other side knows this run by. */
  readonly session: string | undefined;
}

/** What one does with commands. */
export interface Commands {
  /** What somebody offers; at most 500. @throws {XmppError} as `FeaturePort.request` */
  list(jid: string): Promise<readonly Command[]>;
  /** Begins one. @throws {StanzaError} `forbidden`, `item-not-found`; as `FeaturePort.request` */
  begin(command: Command): Promise<CommandStep>;
  /**
   * Goes on with one that is executing; `values` fill its form in.
   *
   * @throws {RangeError} for an action that is not there, or a field that is not in the form
   * @throws {XmppError} as above
   */
  go(step: CommandStep, action: CommandAction, values?: FormValues): Promise<CommandStep>;
}

const NS = "http://jabber.org/protocol/commands";
const ACTIONS: readonly CommandAction[] = ["next", "prev", "complete"];
const NOTES_MOST = 20;
const SESSION_MOST = 1_024;

/** See the module's description. */
export const commands = feature<Commands>({
  extensions: [
    { xep: "0004", name: "Data Forms", version: "2.13.1", state: "complete" },
    {
      xep: "0050",
      name: "Ad-Hoc Commands",
      version: "1.3.0",
      state: "partial",
      note: "uses those of others, offers none",
    },
    {
      xep: "0068",
      name: "Field Standardization for Data Forms",
      version: "1.3.0",
      state: "complete",
    },
  ],
  start: (port) => new CommandUser(port),
});

class CommandUser implements Commands {
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
  }

  async list(jid: string): Promise<readonly Command[]> {
    const items = await this.#port.use(disco).items(jid, NS);
    return items.flatMap(({ jid, node, name }) => node === undefined ? [] : [{ jid, node, name }]);
  }

  async begin(command: Command): Promise<CommandStep> {
    return await this.#ask(command, { action: "execute" });
  }

  async go(step: CommandStep, action: CommandAction, values?: FormValues): Promise<CommandStep> {
    const { command, session, form, actions, state } = step;
    if (state !== "executing" || (action !== "cancel" && !actions.has(action))) {
      throw new RangeError(`the command does not offer ${action}`);
    }
    const isFilled = form !== undefined && action !== "cancel" && action !== "prev";
    const submitted = isFilled ? filledForm(form, values ?? {}) : undefined;
    return await this.#ask(command, { action, sessionid: session }, submitted);
  }

  async #ask(
    command: Command,
    attributes: { readonly action: CommandAction; readonly sessionid?: string | undefined },
    form?: Element,
  ): Promise<CommandStep> {
    const asked = xml("command", { xmlns: NS, node: command.node, ...attributes }, form);
    const answer = await this.#port.request("set", asked, { to: command.jid });
    return readStep(command, answer.getChild("command", NS));
  }
}

function readStep(command: Command, said: Element | undefined): CommandStep {
  const { status, sessionid } = said?.attrs ?? {};
  const state = status === "executing" || status === "canceled" ? status : "completed";
  const offered = said?.getChild("actions");
  const named = ACTIONS.filter((action) => offered?.getChild(action) !== undefined);
  // Without a word about actions there is one way on (XEP-0050, 3.4).
  const onward = offered === undefined ? ["complete", "execute"] as const : ["execute"] as const;
  return {
    command,
    state,
    form: readForm(said),
    notes: (said?.getChildren("note") ?? []).slice(0, NOTES_MOST).map((note) => ({
      type: note.attrs["type"] === "error" || note.attrs["type"] === "warn"
        ? note.attrs["type"]
        : "info",
      text: note.text(),
    })),
    actions: new Set<CommandAction>(
      state === "executing" ? [...named, ...onward, "cancel"] : [],
    ),
    session: sessionid === undefined || sessionid.length > SESSION_MOST ? undefined : sessionid,
  };
}
