/**
 * Every feature there is, in the order in which a session starts them: who reads copies and archives
 * comes before who reads messages.
 *
 * @module
 */
import { about } from "./about.ts";
import { archive } from "./archive.ts";
import { authors } from "./authors.ts";
import { avatars } from "./avatars.ts";
import { blocking } from "./blocking.ts";
import { bookmarks } from "./bookmarks.ts";
import { carbons } from "./carbons.ts";
import { chatStates } from "./chat_states.ts";
import { clientState } from "./client_state.ts";
import { commands } from "./commands.ts";
import { core } from "./core.ts";
import { corrections } from "./corrections.ts";
import { disco } from "./disco.ts";
import type { Feature } from "./feature.ts";
import { fileTransfer } from "./file_transfer.ts";
import { inBand } from "./in_band.ts";
import { invisible } from "./invisible.ts";
import { invitations } from "./invitations.ts";
import { messages } from "./messages.ts";
import { nicknames } from "./nicknames.ts";
import { pep } from "./pep.ts";
import { ping } from "./ping.ts";
import { presence } from "./presence.ts";
import { reactions } from "./reactions.ts";
import { receipts } from "./receipts.ts";
import { registration } from "./registration.ts";
import { repeats } from "./repeats.ts";
import { replies } from "./replies.ts";
import { retractions } from "./retractions.ts";
import { roomControl } from "./room_control.ts";
import { roomStanding } from "./room_standing.ts";
import { rooms } from "./rooms.ts";
import { roster } from "./roster.ts";
import { sentIds } from "./sent_ids.ts";
import { serviceContact } from "./service_contact.ts";
import { uploads } from "./uploads.ts";
import { vcard } from "./vcard.ts";

/** See the module's description. */
export const FEATURES: readonly Feature<unknown>[] = [
  core,
  disco,
  roster,
  carbons,
  archive,
  messages,
  repeats,
  sentIds,
  receipts,
  chatStates,
  ping,
  about,
  pep,
  rooms,
  authors,
  corrections,
  retractions,
  reactions,
  replies,
  roomControl,
  roomStanding,
  invitations,
  bookmarks,
  blocking,
  invisible,
  clientState,
  uploads,
  inBand,
  fileTransfer,
  vcard,
  avatars,
  nicknames,
  commands,
  registration,
  serviceContact,
  // Last: what it says of this client holds what all others can.
  presence,
];
