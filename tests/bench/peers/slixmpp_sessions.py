"""Sessions of slixmpp in one process, told what to do as xmpp/sessions.ts is.

With the extensions that a chat client turns on: discovery, receipts, stream management, pings and
carbons. Usage: slixmpp_sessions.py CONFIG
"""

import asyncio
import json
import sys
import time

import slixmpp

WORDS = (
    "again answer autumn before bridge candle carry cloud coffee corner dinner door early "
    "evening everyone field finally forest friend garden ginger harbour hello house island "
    "journey kitchen ladder lantern letter little maybe meeting message minute morning music "
    "never night nothing orange paper people picture please quiet rain reading river room second "
    "silver somebody station story summer table thanks tomorrow train under window winter "
    "yesterday"
).split(" ")
TAILS = [" ".join(WORDS[at:] + WORDS[:at])[:109] for at in range(len(WORDS))]


def text_numbered(number):
    return f"{number:010d} {TAILS[number % len(TAILS)]}"


def tell(what):
    print(json.dumps(what), flush=True)


class Session(slixmpp.ClientXMPP):
    expected = None

    def __init__(self, account, config):
        super().__init__(f"{account['name']}@localhost", account["password"])
        for plugin in ("xep_0030", "xep_0184", "xep_0198", "xep_0199", "xep_0280"):
            self.register_plugin(plugin)
        self.ca_certs = config["ca"]
        self.there = asyncio.get_running_loop().create_future()
        self.add_event_handler("session_start", self.begin)
        self.add_event_handler("failed_auth", lambda _: self.there.set_exception(Exception("login")))
        self.add_event_handler("message", self.take)
        self.connect(("127.0.0.1", config["port"]), force_starttls=True)

    async def begin(self, _):
        await self.get_roster()
        await self["xep_0280"].enable()
        self.send_presence()
        self.there.set_result(None)

    def expect(self, count):
        self.expected, self.next, self.missed = count, 0, 0

    def take(self, message):
        if self.expected is None or message["type"] != "chat":
            return
        if message["body"] != text_numbered(self.next):
            self.missed += 1
        self.next += 1
        if self.next == self.expected:
            self.expected = None
            tell({"last": time.time() * 1000, "missed": self.missed})

    def say(self, to, count):
        for number in range(count):
            self.send_message(mto=to, mbody=text_numbered(number), mtype="chat")


async def main():
    config = json.loads(sys.argv[1])
    sessions = [Session(account, config) for account in config["accounts"]]
    await asyncio.gather(*(session.there for session in sessions))
    tell({"ready": True})
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        wanted = json.loads(line)
        if wanted["do"] == "expect":
            sessions[0].expect(wanted["count"])
            tell({"ok": True})
        elif wanted["do"] == "send":
            tell({"first": time.time() * 1000})
            sessions[0].say(wanted["to"], wanted["count"])
        else:
            await sessions[0].disconnect(wait=1)
            begin = time.perf_counter()
            sessions[0] = Session(config["accounts"][0], config)
            await sessions[0].there
            tell({"ms": (time.perf_counter() - begin) * 1000})


asyncio.run(main())
