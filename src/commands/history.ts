/**
 * `chatnode history`: what can be done with the stored messages from a shell.
 *
 * @module
 */
import { group } from "./command.ts";
import { exportAction } from "./history_export.ts";
import { importAction } from "./history_import.ts";
import { statAction } from "./history_stat.ts";
import { verifyAction } from "./history_verify.ts";

export const command = group(
  {
    name: "history",
    summary: "Search, export, import and verify the stored messages",
    description:
      "Reads the history in the data folder, also beside a running server, which is not " +
      "disturbed. Only import needs the folder for itself: stop the server first.",
    examples: [
      { line: "history stat", does: "Rooms, events, sizes." },
      { line: "history export --room lobby --format html --output lobby.html", does: "To read." },
      { line: "history verify", does: "Check every signature." },
    ],
  },
  exportAction,
  importAction,
  statAction,
  verifyAction,
);
