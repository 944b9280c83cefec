/**
 * What follows from whether an account's person is at the keyboard: others see them as away, the
 * server may keep back what can wait (XEP-0352), and who may know how long it has been is told
 * (XEP-0012).
 *
 * @module
 */
import { about } from "../../transports/xmpp/features/about.ts";
import { clientState } from "../../transports/xmpp/features/client_state.ts";
import { invisible } from "../../transports/xmpp/features/invisible.ts";
import { type OwnPresence, presence } from "../../transports/xmpp/features/presence.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Attendance } from "../../ui/terminal/session_extras.ts";

/** See the module's description. What its person has said of themselves goes before. */
export class OwnAttendance implements Attendance {
  readonly #xmpp: Pick<XmppSession, "use">;
  /** What was said of the person, and what is said in its place. */
  #replaced: { readonly before: OwnPresence; readonly by: OwnPresence } | undefined;

  constructor(xmpp: Pick<XmppSession, "use">) {
    this.#xmpp = xmpp;
  }

  present(): void {
    this.#xmpp.use(about).active();
    this.#xmpp.use(clientState).set("active");
    const replaced = this.#replaced;
    this.#replaced = undefined;
    const own = this.#xmpp.use(presence);
    if (replaced !== undefined && own.own === replaced.by) own.set(replaced.before);
  }

  absent(): void {
    this.#xmpp.use(clientState).set("inactive");
    const own = this.#xmpp.use(presence);
    const before = own.own;
    const isOpen = before.show === "available" || before.show === "chat";
    // Who hides, or has said that they are away or busy, stays what they have said.
    if (!isOpen || this.#xmpp.use(invisible).way !== undefined) return;
    const by: OwnPresence = { ...before, show: "away" };
    this.#replaced = { before, by };
    own.set(by);
  }
}
