#!/usr/bin/python3
"""Writes a Bucket Chat base as the reference client does, which is not as chatnode does.

The date of a folder is the writer's local one, the writer's name is the part of the user id before
the @, no event names the one before it, nothing tells whose key signs, and content may hold any
JSON that Python writes.

    reference_writer.py OUT --user alice@example.com --seed HEX [--form null|absent|short]
                        [--count N] [--zone HOURS] [--start MILLISECONDS] [--room ROOM]

`--form null` signs the event as it is stored; `absent` signs it without the two empty keys and
stores them as null all the same; `short` neither signs nor stores them. Prints the public key.
"""
import argparse
import base64
import json
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OPTIONAL = ("parent_event_id", "prev_event_hash")


def canonical(event):
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def contents(index, first):
    """One of each kind, with everything in it that is hard to spell twice alike."""
    return [
        ("m.room.message", {"body": f"plain {index}", "msgtype": "m.text"}),
        ("m.room.message", {
            "msgtype": "m.text",
            "body": "h\u00e9 \u2603 \U0001f600 \"q\" \\ / \x7f \u2028 \n\t\b \x01",
            "\u00e9": 1, "\U0001f600": 2, "\uffee": 3,
            "numbers": {"b": 1, "a": [True, None, 1.5, -0.0, 1.0, 1e16, 1e21, 1e-7, 10 ** 20]},
        }),
        ("m.room.member", {"membership": "join", "displayname": "Al", "avatar_url": "x"}),
        ("m.room.reaction", {"relates_to": first, "reaction": "\U0001f44d"}),
        ("m.room.edit", {"replaces": first, "new_content": {"body": "new", "msgtype": "m.text"}}),
        ("m.room.redaction", {"redacts": first, "reason": "typo"}),
    ][index % 6]


def make_event(key, arguments, index, first):
    stamp = arguments.start + 1000 * index
    moment = datetime.fromtimestamp(stamp / 1000, timezone.utc)
    iso = moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{arguments.user} {arguments.room} {index}")
    kind, content = contents(index, first)
    event = {
        "event_id": f"{arguments.room}::{iso}::{unique}",
        "room_id": arguments.room,
        "timestamp_ms": stamp,
        "sender_id": arguments.user,
        "type": kind,
        "parent_event_id": first if kind == "m.room.reaction" else None,
        "prev_event_hash": None,
        "content": content,
    }
    signed = event
    if arguments.form != "null":
        signed = {k: v for k, v in event.items() if k not in OPTIONAL or v is not None}
    stored = dict(signed if arguments.form == "short" else event)
    body = stored.pop("content")
    stored["signature"] = base64.b64encode(key.sign(canonical(signed))).decode()
    stored["content"] = body
    return stored


def write(out, arguments, events):
    room = os.path.join(out, "rooms", arguments.room)
    zone = timezone(timedelta(hours=arguments.zone))
    days = {}
    for event in events:
        local = datetime.fromtimestamp(event["timestamp_ms"] / 1000, zone)
        days.setdefault(local.strftime("%Y-%m-%d"), []).append(event)
    for day, some in days.items():
        folder = os.path.join(room, "logs", day)
        os.makedirs(folder, exist_ok=True)
        times = [event["timestamp_ms"] for event in some]
        client = arguments.user.split("@")[0]
        name = f"messages_{min(times)}_{max(times)}_{client}.jsonl"
        with open(os.path.join(folder, name), "x", encoding="utf-8", newline="\n") as file:
            for event in some:
                file.write(json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n")
    metadata = os.path.join(room, "metadata.json")
    if not os.path.exists(metadata):
        with open(metadata, "x", encoding="utf-8") as file:
            created = datetime.fromtimestamp(arguments.start / 1000, timezone.utc).isoformat()
            json.dump({"room_id": arguments.room, "created_at": created, "version": "1.0"}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--user", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--room", default="room_abc123")
    parser.add_argument("--form", choices=["null", "absent", "short"], default="null")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--zone", type=int, default=9)
    parser.add_argument("--start", type=int, default=1767366000000)
    arguments = parser.parse_args()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(arguments.seed))
    events = []
    for index in range(arguments.count):
        first = events[0]["event_id"] if events else None
        events.append(make_event(key, arguments, index, first))
    write(arguments.out, arguments, events)
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw,
    )
    print(base64.b64encode(public).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
