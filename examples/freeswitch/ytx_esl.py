#!/usr/bin/env python3
"""Locks and unlocks rooms of YTX as callers press keys: by FreeSWITCH's event socket and the command
`ytx`, with nothing but Python's own library.

A channel with the variable ytx_room is in that room. *5 locks it, *6 unlocks it. What became of it is
in the channel's variables ytx_code (what the command ended with; 0 when all went well) and ytx_text.

    ytx_esl.py [HOST:PORT [PASSWORD]]      127.0.0.1:8021 and ClueCon unless told

The account comes from the environment, as `ytx --help` says.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

PATIENCE = 3.0  # between the two keys, in seconds
COMMANDS = {"5": "lock", "6": "unlock"}


class Connection:
    """An inbound connection to the event socket. Any thread may send."""

    def __init__(self, address: tuple[str, int], password: str) -> None:
        self.socket = socket.create_connection(address)
        self.reader = self.socket.makefile("rb")
        self.sending = threading.Lock()
        self.expect("auth/request")
        self.send(f"auth {password}")
        self.expect_ok()
        self.send("event plain DTMF CHANNEL_DESTROY")
        self.expect_ok()

    def send(self, command: str) -> None:
        with self.sending:
            self.socket.sendall(command.encode() + b"\n\n")

    def read(self) -> tuple[dict[str, str], str] | None:
        """Headers and body of what comes next; None when the other side has closed."""
        headers: dict[str, str] = {}
        while True:
            line = self.reader.readline()
            if not line:
                return None
            text = line.decode().rstrip("\r\n")
            if text:
                name, _, value = text.partition(": ")
                headers[name] = value
            elif headers:
                length = int(headers.get("Content-Length", 0))
                return headers, self.reader.read(length).decode()

    def expect(self, content_type: str) -> dict[str, str]:
        message = self.read()
        if message is None or message[0].get("Content-Type") != content_type:
            sys.exit(f"ytx_esl: no {content_type}, but {message}")
        return message[0]

    def expect_ok(self) -> None:
        reply = self.expect("command/reply").get("Reply-Text", "")
        if not reply.startswith("+OK"):
            sys.exit(f"ytx_esl: {reply}")

    def events(self):
        """The events, each as its headers."""
        while (message := self.read()) is not None:
            headers, body = message
            if headers.get("Content-Type") == "text/event-plain":
                lines = (line.partition(": ") for line in body.splitlines() if line)
                yield {name: unquote(value) for name, _, value in lines}


def one_line(text: str) -> str:
    """A line end would end the command to FreeSWITCH, and ${...} be taken for a variable."""
    return re.sub(r"[^ -~]|[${}\\']", "?", text.split("\n", 1)[0])


def carry_out(connection: Connection, channel: str, action: str, room: str) -> None:
    command = ["ytx", "--timeout", "5", action, "--", room]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    text = one_line(done.stdout or done.stderr)
    connection.send(f"bgapi uuid_setvar {channel} ytx_code {done.returncode}")
    connection.send(f"bgapi uuid_setvar {channel} ytx_text {text}")


def main(address: str = "127.0.0.1:8021", password: str = "ClueCon") -> None:
    host, _, port = address.rpartition(":")
    connection = Connection((host, int(port)), password)
    starred: dict[str, float] = {}  # when a channel's last key was a star
    print("ready", flush=True)
    # The commands wait for the platform, so they do it on threads of their own.
    with ThreadPoolExecutor(8) as pool:
        for event in connection.events():
            channel = event.get("Unique-ID", "")
            since = starred.pop(channel, -PATIENCE)
            if event.get("Event-Name") != "DTMF":
                continue
            key, now = event.get("DTMF-Digit", ""), time.monotonic()
            room, action = event.get("variable_ytx_room", ""), COMMANDS.get(key)
            if key == "*":
                starred[channel] = now
            elif action and room and now - since <= PATIENCE:
                pool.submit(carry_out, connection, channel, action, room)


if __name__ == "__main__":
    main(*sys.argv[1:])
