/**
 * `chatnode history`: what can be done with the stored messages from a shell.
 *
 * @module
 */
import { group } from "./command.ts";
import { exportAction } from "./history_export.ts";
import { importAction } from "./history_import.ts";
import { reindexAction } from "./history_reindex.ts";
import { searchAction } from "./history_search.ts";
import { statAction } from "./history_stat.ts";
import { verifyAction } from "./history_verify.ts";

export const command = group(
  {
    name: "history",
    summary: "Search, export, import and verify the stored messages",
    description:
      "Reads the history in the data folder, also beside a running server, which is not " +
      "disturbed. Only import and reindex need the folder for themselves: stop the server first.",
    examples: [
      { line: "history search meet*", does: "Messages with a word that begins so." },
      { line: "history stat", does: "Rooms, events, sizes." },
      { line: "history export --room lobby --format html --output lobby.html", does: "To read." },
      { line: "history verify", does: "Check every signature." },
    ],
  },
  searchAction,
  exportAction,
  importAction,
  statAction,
  verifyAction,
  reindexAction,
);
