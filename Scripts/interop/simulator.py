"""Starts `openwa simulate` and talks to its control API (Docs/simulator.md)."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request


class ControlError(Exception):
    """The control API refused; the text is its own."""


class Control:
    """The control API. Every wait is a long poll: nothing here sleeps."""

    def __init__(self, address):
        self.address = address

    def call(self, method, path, body=None, timeout=90, **query):
        url = self.address + path
        query = {name: value for name, value in query.items() if value is not None}
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise ControlError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(text) if text else None

    def add_phone(self, number, name):
        return self.call("POST", "/phones", {"number": number, "name": name})["phones"][0]

    def scan(self, qr, phone):
        return self.call("POST", "/scan", {"qr": qr, "phone": phone})

    def enter_code(self, code, phone):
        return self.call("POST", f"/phones/{phone}/pairing-code", {"code": code})

    def inbox(self, phone, after=0, wait_seconds=0):
        return self.call("GET", f"/phones/{phone}/inbox", after=after, waitSeconds=wait_seconds)

    def wait_entry(self, phone, test, wait_seconds=30):
        """The first inbox entry that passes the test, or None when none comes."""
        after = 0
        while True:
            page = self.inbox(phone, after=after, wait_seconds=wait_seconds)
            for entry in page["messages"]:
                if test(entry):
                    return entry
            if page["next"] == after:
                return None
            after = page["next"]

    def wait_text(self, phone, text):
        """The inbox entry with this text, or None when it does not come."""
        return self.wait_entry(phone, lambda entry: entry.get("text") == text)

    def wait_change(self, phone, kind, message_id):
        """The inbox entry of what changed a message: a reaction, an edit or a deletion of it."""
        entry = self.wait_entry(
            phone, lambda entry: entry["type"] == kind and entry.get("target", {}).get("id") == message_id
        )
        if entry is None:
            raise ControlError(f"no {kind} of {message_id} came")
        return entry

    def entry(self, phone, message_id):
        return self.call("GET", f"/phones/{phone}/inbox/{message_id}")

    def downloaded(self, phone, message_id, wait_seconds=30):
        """The inbox entry of a message with a file, once the phone has fetched the file."""
        return self.call("GET", f"/phones/{phone}/inbox/{message_id}", until="downloaded", waitSeconds=wait_seconds)

    def receipt(self, phone, message_id, kind, wait_seconds=30):
        """Returns once the phone was told this of its message."""
        page = self.call("GET", f"/phones/{phone}/receipts", id=message_id, type=kind, waitSeconds=wait_seconds)
        if not page["receipts"]:
            raise ControlError(f"no {kind} receipt came")

    def sees_online(self, phone, other, wait_seconds=30):
        page = self.call("GET", f"/phones/{phone}/presence", of=other, until="available", waitSeconds=wait_seconds)
        if not any(person["isAvailable"] for person in page["people"]):
            raise ControlError(f"{other} was never seen online: {page}")

    def sees_typing(self, phone, wait_seconds=30):
        after = 0
        while True:
            page = self.call("GET", f"/phones/{phone}/chat-states", after=after, waitSeconds=wait_seconds)
            if any(state["state"] == "composing" for state in page["states"]):
                return
            if page["next"] == after:
                raise ControlError("nobody was seen typing")
            after = page["next"]

    def say(self, phone, to, addressing="lid", **content):
        return self.call("POST", f"/phones/{phone}/say", {"to": to, "addressing": addressing, **content})

    def add_group(self, subject, members, addressing):
        return self.call("POST", "/groups", {"subject": subject, "members": members, "addressing": addressing})

    def violations(self):
        return self.call("GET", "/violations")["violations"]

    def counters(self):
        return self.call("GET", "/counters")


class Simulator:
    """A running `openwa simulate`; use with `with`."""

    def __init__(self, openwa):
        self.openwa = openwa

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.openwa, "simulate", "--port", "0", "--tls-port", "0", "--control-port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"openwa simulate ended with {self.process.wait()} before it was ready")
        self.ready = json.loads(line)
        self.control = Control(self.ready["control"])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
