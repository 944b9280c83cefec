"""A person at slixmpp who sends and takes files: Jingle written out by hand, slixmpp's own streams.

Usage: slixmpp_files.py JID PASSWORD PORT CA, told what to do by JSON lines and telling in JSON lines.
"""

import asyncio
import base64
import hashlib
import json
import sys
import uuid
from xml.sax.saxutils import escape, quoteattr

import slixmpp
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath

JINGLE = "urn:xmpp:jingle:1"
FILES = "urn:xmpp:jingle:apps:file-transfer:5"
IBB = "urn:xmpp:jingle:transports:ibb:1"
HASHES = "urn:xmpp:hashes:2"


def tell(kind, **what):
    print(json.dumps({"kind": kind, **what}), flush=True)


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


class Peer(slixmpp.ClientXMPP):
    def __init__(self, jid, password, port, ca):
        super().__init__(jid, password)
        for plugin in ("xep_0030", "xep_0115", "xep_0199"):
            self.register_plugin(plugin)
        self.register_plugin("xep_0047", {"auto_accept": True})
        self.ca_certs = ca
        self.sessions = {}
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("ibb_stream_start", self.take)
        path = "{jabber:client}iq/{%s}jingle" % JINGLE
        self.register_handler(CoroutineCallback("jingle", MatchXPath(path), self.hear))
        self.connect(("127.0.0.1", port), force_starttls=True)

    async def begin(self, _):
        for name in (JINGLE, FILES, IBB, HASHES):
            self["xep_0030"].add_feature(name)
        await self["xep_0115"].update_caps(broadcast=False)
        await self.get_roster()
        self.send_presence()
        tell("online", jid=str(self.boundjid))

    async def say(self, to, action, sid, inner):
        iq = self.make_iq_set(ito=to)
        text = "<jingle xmlns=%s action=%s sid=%s>%s</jingle>" % (
            quoteattr(JINGLE), quoteattr(action), quoteattr(sid), inner)
        iq.append(ET.fromstring(text))
        await iq.send()

    async def hear(self, iq):
        jingle = iq.xml.find("{%s}jingle" % JINGLE)
        if iq["type"] != "set":
            return
        action, sid = jingle.get("action"), jingle.get("sid")
        iq.reply().send()
        if action == "session-initiate":
            content = jingle.find("{%s}content" % JINGLE)
            transport = content.find("{%s}transport" % IBB)
            facts = content.find("{%s}description/{%s}file" % (FILES, FILES))
            hashed = facts.find("{%s}hash" % HASHES)
            self.sessions[transport.get("sid")] = (iq["from"], sid, hashed.text)
            tell("offer", name=facts.findtext("{%s}name" % FILES),
                 size=int(facts.findtext("{%s}size" % FILES)),
                 media=facts.findtext("{%s}media-type" % FILES), algorithm=hashed.get("algo"))
            inner = ET.tostring(content).decode()
            asyncio.ensure_future(self.say(iq["from"], "session-accept", sid, inner))
        elif action == "session-accept":
            transport = jingle.find("{%s}content/{%s}transport" % (JINGLE, IBB))
            self.sessions[sid].set_result(int(transport.get("block-size")))
        elif action == "session-info":
            tell("info", what=[child.tag for child in jingle])
        elif action == "session-terminate":
            tell("end", reason=[child.tag.split("}")[1] for child in jingle[0]][0])

    async def take(self, stream):
        if stream.sid not in self.sessions:
            return
        to, sid, hashed = self.sessions[stream.sid]
        data = await stream.gather(timeout=60)
        tell("file", size=len(data), same=digest(data) == hashed)
        await self.say(to, "session-terminate", sid, "<reason><success/></reason>")

    async def offer(self, to, path):
        with open(path, "rb") as file:
            data = file.read()
        sid, stream_sid = str(uuid.uuid4()), str(uuid.uuid4())
        accepted = self.sessions[sid] = asyncio.get_running_loop().create_future()
        await self.say(to, "session-initiate", sid, (
            "<content creator='initiator' name='a-file-offer' senders='initiator'>"
            "<description xmlns='%s'><file><name>%s</name><size>%d</size>"
            "<hash xmlns='%s' algo='sha-256'>%s</hash></file></description>"
            "<transport xmlns='%s' block-size='4096' sid='%s'/></content>"
        ) % (FILES, escape(path), len(data), HASHES, digest(data), IBB, stream_sid))
        size = await accepted
        stream = await self["xep_0047"].open_stream(
            slixmpp.JID(to), block_size=size, sid=stream_sid)
        await stream.sendall(data)
        stream.close()

    async def order(self, order):
        if order["do"] == "offer":
            await self.offer(order["to"], order["path"])
        elif order["do"] == "subscribe":
            self.send_presence(pto=order["to"], ptype="subscribe")


async def main():
    jid, password, port, ca = sys.argv[1:]
    peer = Peer(jid, password, int(port), ca)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    orders = []
    while line := await reader.readline():
        # A file that nobody takes must not hold up what comes next.
        orders.append(asyncio.ensure_future(peer.order(json.loads(line))))
    for order in orders:
        order.cancel()
    await peer.disconnect()


asyncio.run(main())
