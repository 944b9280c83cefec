/**
 * Fills the history of an XMPP account with a conversation. Arguments: the data folder, the account,
 * the other one's JID, how many messages; each says its number.
 *
 * @module
 */
import { systemClock } from "../../../src/clock.ts";
import { folderOf } from "../../../src/commands/xmpp/keeping.ts";
import { openHistory } from "../../../src/history/open.ts";
import { xmppRoom } from "../../../src/message/address.ts";

const [data = "", account = "", peer = "", count = "0"] = Deno.args;
const total = Number(count);
const begin = Date.now() - total * 1_000;
let done = 0;
const history = await openHistory({
  dir: folderOf(data, account),
  clock: { ...systemClock, now: () => begin + done * 1_000 },
  node: () => Promise.resolve(account.slice(account.indexOf("@") + 1)),
});
for (; done < total; done += 1) {
  await history.append({
    ...{ room: xmppRoom(account, peer), sender: done % 2 === 0 ? peer : account, via: "xmpp" },
    ...{ type: "m.room.message", content: { body: `line ${done}.`, msgtype: "m.text" } },
  });
}
await history.close();
