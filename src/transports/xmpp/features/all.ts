/**
 * Every feature there is, in the order in which a session starts them: who reads copies and archives
 * comes before who reads messages.
 *
 * @module
 */
import { about } from "./about.ts";
import { carbons } from "./carbons.ts";
import { chatStates } from "./chat_states.ts";
import { core } from "./core.ts";
import { disco } from "./disco.ts";
import type { Feature } from "./feature.ts";
import { messages } from "./messages.ts";
import { ping } from "./ping.ts";
import { presence } from "./presence.ts";
import { receipts } from "./receipts.ts";
import { roster } from "./roster.ts";
import { sentIds } from "./sent_ids.ts";

/** See the module's description. */
export const FEATURES: readonly Feature<unknown>[] = [
  core,
  disco,
  roster,
  carbons,
  messages,
  sentIds,
  receipts,
  chatStates,
  ping,
  about,
  // Last: what it says of this client holds what all others can.
  presence,
];
