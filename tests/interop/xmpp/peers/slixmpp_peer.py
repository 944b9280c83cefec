"""A person at slixmpp, told what to do by JSON lines and telling what happens in JSON lines.

Usage: slixmpp_peer.py JID PASSWORD PORT CA
"""

import asyncio
import json
import sys

import slixmpp

PLUGINS = (
    "xep_0030 xep_0045 xep_0085 xep_0184 xep_0198 xep_0199 xep_0249 xep_0280 xep_0308 xep_0333 "
    "xep_0359 xep_0428 xep_0444 xep_0461"
).split(" ")


def tell(kind, **what):
    print(json.dumps({"kind": kind, **what}), flush=True)


class Peer(slixmpp.ClientXMPP):
    def __init__(self, jid, password, port, ca):
        super().__init__(jid, password)
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.ca_certs = ca
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("message", self.take)
        self.add_event_handler("groupchat_subject", lambda m: tell("subject", text=m["subject"]))
        self.add_event_handler("groupchat_direct_invite", lambda m: tell(
            "invitation", room=m["groupchat_invite"]["jid"]))
        self.add_event_handler("receipt_received", lambda m: tell("receipt", id=m["receipt"]))
        self.add_event_handler("reactions", lambda m: tell(
            "reactions", id=m["reactions"]["id"], values=sorted(m["reactions"].get_values())))
        self.connect(("127.0.0.1", port), force_starttls=True)

    async def begin(self, _):
        await self.get_roster()
        await self["xep_0280"].enable()
        self.send_presence()
        tell("online")

    def take(self, message):
        if message["type"] == "error":
            return
        found = {"from": str(message["from"]), "type": message["type"], "id": message["id"]}
        if message["replace"]["id"]:
            found["replaces"] = message["replace"]["id"]
        if message.get_plugin("reply", check=True):
            found["replies_to"] = message["reply"]["id"]
        if message["body"]:
            tell("message", body=message["body"], **found)

    async def order(self, order):
        kind, to = order["do"], order.get("to")
        if kind == "say":
            message = self.make_message(mto=to, mbody=order["body"], mtype=order.get("type", "chat"))
            message["id"] = order["id"]
            if "replaces" in order:
                message["replace"]["id"] = order["replaces"]
            message["request_receipt"] = order.get("type", "chat") == "chat"
            message.send()
        elif kind == "join":
            await self["xep_0045"].join_muc_wait(slixmpp.JID(to), order["nick"], maxstanzas=0)
            tell("joined")
        elif kind == "react":
            self["xep_0444"].send_reactions(slixmpp.JID(to), to_id=order["id"],
                                            reactions=order["values"])


async def main():
    jid, password, port, ca = sys.argv[1:]
    peer = Peer(jid, password, int(port), ca)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await peer.order(json.loads(line))
    await peer.disconnect()


asyncio.run(main())
