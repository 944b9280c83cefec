#!/usr/bin/python3
"""Reads a Bucket Chat base strictly and names every violation.

Written from the protocol's description and from docs/sync-keys.md alone: it shares nothing with
chatnode but the format. Python's standard library, and `cryptography` for Ed25519.

    strict_reader.py BASE [--keys FOLDER] [--now MILLISECONDS]

BASE holds `rooms/` and, in a bucket, `devices/`. FOLDER holds device records, as a data folder's
`keys/` does. Prints one JSON object: rooms, events, faults. Exit code 1 when there are faults.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
import time
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LINE_BYTES = 2 * 1024 * 1024
DEPTH = 32
HOUR_MS = 60 * 60 * 1000
KEYS = [
    "event_id", "room_id", "timestamp_ms", "sender_id", "type",
    "parent_event_id", "prev_event_hash", "signature", "content",
]
TYPES = {"m.room.message", "m.room.member", "m.room.redaction", "m.room.edit", "m.room.reaction"}
SEGMENT = re.compile(r"messages_([1-9][0-9]{0,15})_([1-9][0-9]{0,15})_([a-z0-9-]{1,64})(?:~[0-9]+)?\.jsonl")
DEVICE = re.compile(r"[a-z2-7]{16}")


class Violation(Exception):
    """One rule that does not hold; the message is the rule's name."""


def need(holds, rule):
    if not holds:
        raise Violation(rule)


def no_duplicates(pairs):
    need(len({key for key, _ in pairs}) == len(pairs), "json: a key occurs twice")
    return dict(pairs)


def refuse_constant(_):
    raise Violation("json: not a number")


def parse_json(text):
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    need(deepest <= DEPTH, "json: too deep")
    try:
        return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=refuse_constant)
    except ValueError:
        raise Violation("json: syntax") from None


def canonical(event):
    """What is signed and hashed: without the signature, keys sorted by code point, ASCII."""
    rest = {key: value for key, value in event.items() if key != "signature"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(event):
    return base64.b64encode(hashlib.sha256(canonical(event)).digest()).decode()


def decode64(text, size, rule):
    need(isinstance(text, str), rule)
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Violation(rule) from None
    need(len(raw) == size and base64.b64encode(raw).decode() == text, rule)
    return raw


def check_signature(public_key, event, rule):
    raw = decode64(event.get("signature"), 64, rule)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, canonical(event))
    except InvalidSignature:
        raise Violation(rule) from None


def instant(text, rule):
    need(isinstance(text, str), rule)
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text), rule)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        raise Violation(rule) from None


class Device:
    """A device record that proved itself."""

    def __init__(self, text):
        record = parse_json(text)
        need(isinstance(record, dict), "device: form")
        self.id = record.get("device")
        self.key = decode64(record.get("public_key"), 32, "device: key")
        hashed = hashlib.sha256(self.key).digest()[:10]
        need(self.id == base64.b32encode(hashed).decode().lower(), "device: id")
        instant(record.get("created_at"), "device: time")
        self.node = record.get("node")
        need(isinstance(self.node, str) and self.node, "device: node")
        self.senders = record.get("senders")
        need(
            self.senders is None
            or isinstance(self.senders, list) and 1 <= len(self.senders) <= 8
            and all(isinstance(each, str) and each for each in self.senders)
            and len(set(self.senders)) == len(self.senders),
            "device: senders",
        )
        check_signature(self.key, record, "device: signature")

    def speaks_for(self, sender, room):
        if self.senders is not None:
            return sender in self.senders
        local, at, node = sender.partition("@")
        if local and at and node == self.node:
            return True
        account = re.fullmatch(r"xmpp:([^/]+)/.+", room)
        return account is not None and account[1].partition("@")[2] == self.node


def room_of(folder):
    """The room of a folder's name: bytes as %xx, or all of it packed behind %u."""
    if folder.startswith("%u"):
        packed = folder[2:]
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        need(base64.urlsafe_b64encode(raw).decode().rstrip("=") == packed, "room: folder")
    else:
        need(re.fullmatch(r"(?:[A-Za-z0-9_.@-]|%[0-9a-f]{2})+", folder), "room: folder")
        need(not folder.startswith("."), "room: folder")
        raw = re.sub(
            rb"%([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), folder.encode(),
        )
        plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-"
        again = "".join(
            chr(byte) if byte in plain and not (at == 0 and byte == 0x2E) else f"%{byte:02x}"
            for at, byte in enumerate(raw)
        )
        need(again == folder, "room: folder")
    try:
        room = raw.decode()
    except UnicodeDecodeError:
        raise Violation("room: folder") from None
    need(room and "::" not in room and not re.search(r"[\x00-\x1f\x7f]", room), "room: name")
    if not re.match(r"[a-z][a-z0-9+.-]*:", room):
        need("/" not in room and "\\" not in room and room.strip(".") != "", "room: name")
    return room


class Reader:
    def __init__(self, base, keys, now):
        self.base = base
        self.now = now
        self.faults = []
        self.devices = {}
        self.events = 0
        self.rooms = {}
        self.ids = set()
        self.told = set()
        self.chains = {}
        for folder in keys:
            self.read_devices(folder)

    def guard(self, place, action, *arguments):
        """Notes what is violated, with its place, and goes on."""
        try:
            return action(*arguments)
        except Violation as violation:
            self.faults.append({"place": place, "rule": str(violation)})
            return None

    def read_devices(self, folder):
        statements = []
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                statements += [os.path.join(path, each) for each in sorted(os.listdir(path))]
            elif name.endswith(".json"):
                self.guard(path, self.read_device, path, name)
        for path in statements:
            self.guard(path, self.read_statement, path)

    def read_device(self, path, name):
        with open(path, encoding="utf-8") as file:
            device = Device(file.read())
        need(f"{device.id}.json" == name, "device: name")
        self.devices[device.id] = device

    def read_statement(self, path):
        folder, name = os.path.split(path)
        match = re.fullmatch(
            r"(endorsed|revoked)_([a-z2-7]{16})(?:_([0-9a-f]{16}))?\.json", name,
        )
        need(match, "statement: name")
        with open(path, "rb") as file:
            raw = file.read()
        need(len(raw) <= 64 * 1024, "statement: size")
        statement = parse_json(raw.decode())
        kind = {"endorsed": "endorsement", "revoked": "revocation"}[match[1]]
        need(statement.get("kind") == kind, "statement: kind")
        need(statement.get("device") == os.path.basename(folder), "statement: device")
        need(statement.get("by") == match[2], "statement: by")
        instant(statement.get("created_at"), "statement: time")
        signer = self.devices.get(match[2])
        need(signer, "statement: unknown signer")
        check_signature(signer.key, statement, "statement: signature")
        if kind == "endorsement":
            key = decode64(statement.get("public_key"), 32, "statement: key")
            known = self.devices.get(statement["device"])
            need(known is None or known.key == key, "statement: key")
        else:
            need(match[3] == hashlib.sha256(raw).hexdigest()[:16], "statement: name")
            need("last_object" in statement or "chains" in statement, "statement: extent")
            need(isinstance(statement.get("endorsed"), list), "statement: endorsed")

    def read_head(self, folder, name):
        """A writer's head: signed, numbered without holes, true of every object it lists."""
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            head = parse_json(file.read())
        need(head.get("type") == "chatnode.head", "head: type")
        need(name == f"{head.get('device')}.json", "head: name")
        device = self.devices.get(head["device"])
        need(device, "head: unknown device")
        need(decode64(head.get("public_key"), 32, "head: key") == device.key, "head: key")
        check_signature(device.key, head, "head: signature")
        need(isinstance(head.get("version"), int) and head["version"] > 0, "head: version")
        numbers = [each["number"] for each in head["objects"]]
        count = head["count"]
        need(numbers == list(range(count - len(numbers) + 1, count + 1)), "head: numbers")
        for each in head["objects"]:
            path = os.path.join(self.base, each["key"])
            need(os.path.isfile(path), "head: object is missing")
            with open(path, "rb") as file:
                raw = file.read()
            need(len(raw) == each["size"], "head: size")
            hashed = base64.b64encode(hashlib.sha256(raw).digest()).decode()
            need(hashed == each["sha256"], "head: checksum")
        for line in head.get("tail", []):
            event = parse_json(line)
            need(isinstance(event, dict) and list(event) == KEYS, "head: line")
            need(event["content"]["chatnode"]["device"] == head["device"], "head: line's device")
            check_signature(device.key, event, "head: line's signature")
            self.told.add(event["event_id"])

    def read(self):
        heads = os.path.join(self.base, "heads")
        for name in sorted(os.listdir(heads)) if os.path.isdir(heads) else []:
            if DEVICE.fullmatch(name.removesuffix(".json")):
                self.guard(f"heads/{name}", self.read_head, heads, name)
        root = os.path.join(self.base, "rooms")
        for folder in sorted(os.listdir(root)):
            room = self.guard(folder, room_of, folder)
            if room is not None:
                self.guard(folder, self.read_room, os.path.join(root, folder), room)
        for (room, sender, device), chain in sorted(self.chains.items()):
            self.guard(f"{room} {sender} {device}", self.check_chain, chain)

    def read_room(self, folder, room):
        need(sorted(os.listdir(folder)) == ["logs", "metadata.json"], "room: files")
        self.guard(f"{folder}/metadata.json", self.read_metadata, folder, room)
        self.rooms[room] = 0
        logs = os.path.join(folder, "logs")
        for day in sorted(os.listdir(logs)):
            self.guard(day, self.read_day, os.path.join(logs, day), day, room)

    def read_metadata(self, folder, room):
        with open(os.path.join(folder, "metadata.json"), encoding="utf-8") as file:
            metadata = parse_json(file.read())
        need(metadata.get("room_id") == room, "metadata: room")
        need(metadata.get("version") == "1.0", "metadata: version")
        instant(metadata.get("created_at"), "metadata: time")

    def read_day(self, folder, day, room):
        try:
            need(datetime.strptime(day, "%Y-%m-%d").strftime("%Y-%m-%d") == day, "day: name")
        except ValueError:
            raise Violation("day: name") from None
        for name in sorted(os.listdir(folder)):
            self.guard(f"{day}/{name}", self.read_file, os.path.join(folder, name), name, day, room)

    def read_file(self, path, name, day, room):
        match = SEGMENT.fullmatch(name)
        need(match, "file: name")
        with open(path, "rb") as file:
            raw = file.read()
        need(raw.endswith(b"\n"), "file: torn")
        times = []
        for number, line in enumerate(raw[:-1].split(b"\n"), 1):
            place = f"{day}/{name}:{number}"
            event = self.guard(place, self.read_line, line, day, room, match[3])
            if event is not None:
                times.append(event["timestamp_ms"])
        need(times and min(times) == int(match[1]) and max(times) == int(match[2]), "file: times")

    def read_line(self, line, day, room, writer):
        need(len(line) < LINE_BYTES, "line: length")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise Violation("line: encoding") from None
        event = parse_json(text)
        need(isinstance(event, dict) and list(event) == KEYS, "line: keys")
        need(json.dumps(event, separators=(",", ":"), ensure_ascii=False) == text, "line: compact")
        self.check_event(event, day, room)
        self.check_signer(event, room, writer)
        need(event["event_id"] not in self.ids, "event: repeated id")
        self.ids.add(event["event_id"])
        self.events += 1
        self.rooms[room] += 1
        seq = event["content"]["chatnode"]["seq"]
        chain = self.chains.setdefault((room, event["sender_id"], writer), {})
        need(seq not in chain, "chain: fork")
        chain[seq] = (event["prev_event_hash"], digest(event))
        return event

    def check_event(self, event, day, room):
        need(event["room_id"] == room, "event: room")
        parts = event["event_id"].split("::") if isinstance(event["event_id"], str) else []
        need(len(parts) == 3 and parts[0] == room and all(parts), "event: id")
        stamp = event["timestamp_ms"]
        need(isinstance(stamp, int) and not isinstance(stamp, bool) and stamp > 0, "event: time")
        need(stamp <= self.now + HOUR_MS, "event: future")
        of_stamp = datetime.fromtimestamp(stamp / 1000, timezone.utc).strftime("%Y-%m-%d")
        need(of_stamp == day, "event: day")
        need(isinstance(event["sender_id"], str) and event["sender_id"], "event: sender")
        need(event["type"] in TYPES, "event: type")
        need(isinstance(event["content"], dict), "event: content")
        parent = event["parent_event_id"]
        need(parent is None or isinstance(parent, str) and parent.count("::") == 2, "event: parent")

    def check_signer(self, event, room, writer):
        chatnode = event["content"].get("chatnode")
        need(isinstance(chatnode, dict), "event: provenance")
        seq = chatnode.get("seq")
        need(isinstance(seq, int) and not isinstance(seq, bool) and seq > 0, "event: seq")
        need(chatnode.get("device") == writer, "event: writer")
        device = self.devices.get(writer)
        need(device, "signer: unknown")
        need(device.speaks_for(event["sender_id"], room), "signer: unbound")
        check_signature(device.key, event, "signature")

    def check_chain(self, chain):
        before = None
        for expected, seq in enumerate(sorted(chain), 1):
            need(seq == expected, "chain: gap")
            named, hashed = chain[seq]
            need(named == before, "chain: hash")
            before = hashed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("--keys", action="append", default=[])
    parser.add_argument("--now", type=int, default=int(time.time() * 1000))
    arguments = parser.parse_args()
    keys = list(arguments.keys)
    in_bucket = os.path.join(arguments.base, "devices")
    if os.path.isdir(in_bucket):
        keys.append(in_bucket)
    reader = Reader(arguments.base, keys, arguments.now)
    reader.read()
    print(json.dumps({
        "rooms": reader.rooms,
        "events": reader.events,
        # What heads carry and no file holds yet.
        "ahead": len(reader.told - reader.ids),
        "faults": reader.faults,
    }))
    return 1 if reader.faults else 0


if __name__ == "__main__":
    sys.exit(main())
