/**
 * `chatnode sync keys`: whose signatures count.
 *
 * @module
 */
import { group } from "./command.ts";
import { distrustAction, endorseAction, trustAction } from "./sync_keys_decide.ts";
import { listAction } from "./sync_keys_list.ts";
import { logAction } from "./sync_keys_log.ts";
import { revokeAction, rotateAction } from "./sync_keys_own.ts";

export const keysCommand = group(
  {
    name: "keys",
    summary: "Show and decide whose signatures count",
    description:
      "Every node signs with a device of its own. The first device that is seen for a node is " +
      "pinned; a further one has to be endorsed by it, or trusted here. Compare fingerprints on " +
      "a way that others do not write to: read them to each other. All of this works beside a " +
      "running node, which hears of it within seconds; only rotate needs it stopped.",
    examples: [
      { line: "sync keys list", does: "Devices, where they stand, what was not accepted and why." },
      { line: "sync keys trust kzdvvj2umnduyauf", does: "Believe a device that waits." },
      { line: "sync keys revoke kzdvvj2umnduyauf", does: "Its key was stolen: no more of it." },
    ],
  },
  listAction,
  logAction,
  trustAction,
  distrustAction,
  endorseAction,
  revokeAction,
  rotateAction,
);
