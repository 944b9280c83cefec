import type { Presence } from "./contract.ts";
import { HubError } from "./errors.ts";

/** From the most to the least reachable. */
const ORDER: readonly Presence["show"][] = ["online", "busy", "away", "offline"];
const TEXT_LENGTH = 200;

/** The state of somebody with these sessions: that of the most reachable one. */
export function bestPresence(states: readonly Presence[]): Presence {
  return states.reduce<Presence>(
    (best, state) => ORDER.indexOf(state.show) < ORDER.indexOf(best.show) ? state : best,
    { show: "offline" },
  );
}

export function samePresence(a: Presence, b: Presence): boolean {
  return a.show === b.show && a.text === b.text;
}

/**
 * What somebody says about their own state. `offline` is allowed and means invisible.
 *
 * @throws {HubError} `hub/invalid`
 */
export function checkPresence(presence: Presence): Presence {
  if (!ORDER.includes(presence.show)) {
    throw new HubError("hub/invalid", "Cannot set the presence: it is none of the known states");
  }
  const text = presence.text;
  if (text === undefined || text === "") return { show: presence.show };
  if (text.length > TEXT_LENGTH || /\p{Cc}/u.test(text)) {
    throw new HubError(
      "hub/invalid",
      `Cannot set the presence: its text has more than ${TEXT_LENGTH} characters or a control`,
    );
  }
  return { show: presence.show, text };
}
