"""The conversation every client library has to hold with the simulator, step by step.

An adapter gives the library's side; it runs on the library's own event loop:
    start()            connect with the credentials of the adapter's folder
    qr()               the next QR text shown
    code(number)       a pairing code for the phone of this number, where links_by_code says that the library makes some
    restarted()        returns once the library, or its user, reconnects after the 515
    opened()           returns when the library says it is logged in
    send(jid, text)    send a text to a person or a group; returns the message id
    send_file(jid, f)  upload and send a File; returns the message id
    received(text)     returns the message with this text or caption once the library handed it decrypted to its user;
                       Lost when the library cannot read one by a fault of its own that its adapter names in a note
    download(message)  the bytes of the file of such a message, fetched and decrypted by the library
    react(jid, id, e)  react to a message of the person's; edit(jid, id, text) and delete(jid, id) change an own one
    change(kind)       the next reaction, edit or delete the library handed decrypted to its user: (id of the message, its text)
    read(jid, id)      tell the person that their message was read
    receipt(id, type)  returns once the library handed such a receipt of an own message to its user
    present()          show this device online; watch(jid) asks to hear of a person; typing(jid) shows that one types
    seen(jid, state)   returns once the library heard that the person is available, or composing
    problems           what the library could not decrypt, in its own words
    notes              what a reader of the report should know besides
    stop()             close the connection, keep the credentials
    losses             how often a person has to repeat what comes first under a new sender key
    addressing         under which address the phone writes: lid, as phones do today, or phoneNumber
"""

import asyncio
import base64
import hashlib
import random
import traceback
from dataclasses import dataclass

STEP_SECONDS = 30


class Report:
    """Counts and prints one line for each step."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def line(self, ok, title, detail=""):
        self.passed += ok
        self.failed += not ok
        print(("PASS  " if ok else "FAIL  ") + title + (f"  ({detail})" if detail else ""), flush=True)


@dataclass(frozen=True)
class File:
    """What is sent as an image or a document, and how the phone has to show it."""

    kind: str
    mimetype: str
    caption: str
    data: bytes
    name: str | None = None

    def shown(self):
        """What the phone says of it; the hash is of the bytes it downloaded, checked and decrypted."""
        facts = {
            "state": "downloaded",
            "mimetype": self.mimetype,
            "caption": self.caption,
            "byteCount": len(self.data),
            "sha256": hashlib.sha256(self.data).hexdigest(),
        }
        return facts | ({"fileName": self.name} if self.name else {})


def files(caption, seed):
    """An image and a document, of bytes that depend on the seed alone and do not fill the last block of the cipher.

    The document is longer than the 64 KiB that a library reads at once; no more, for one of them has its AES in Python.
    """
    source = random.Random(seed)
    return (
        File("image", "image/jpeg", f"image {caption}", b"\xff\xd8\xff\xe0" + source.randbytes(9_001)),
        File("document", "application/pdf", f"document {caption}", b"%PDF-1.7\n" + source.randbytes(66_000), "a.pdf"),
    )


class Lost(Exception):
    """The library lost a message by its own fault: the person has to say it again."""


class Stopped(Exception):
    """A step failed, so those after it make no sense."""


async def hold(name, make_adapter, control, numbers, report):
    """Pairs, talks both ways, alone and in groups, with texts and files; reconnects, and talks both ways again.

    `numbers` is (own, peer, friend); the friend is only in the groups.
    """
    own, peer, friend = numbers
    for number, role in (own, "Owner"), (peer, "Peer"), (friend, "Friend"):
        await asyncio.to_thread(control.add_phone, number, f"{role} of {name}")
    peer_jid, own_jid = f"{peer}@s.whatsapp.net", f"{own}@s.whatsapp.net"
    known_violations = len(await asyncio.to_thread(control.violations))
    adapter = make_adapter()
    groups, notes = {}, set()

    async def step(title, work, seconds=STEP_SECONDS):
        try:
            detail = await asyncio.wait_for(work, seconds)
        except Exception as error:  # noqa: BLE001 - whatever a foreign library throws is the finding
            reason = "; ".join([f"{type(error).__name__}: {error}", *adapter.problems])
            report.line(False, f"{name}: {title}", reason)
            if not isinstance(error, (AssertionError, TimeoutError)):
                traceback.print_exc()
            raise Stopped from None
        report.line(True, f"{name}: {title}", detail or "")

    async def pair():
        await adapter.start()
        qr = await adapter.qr()
        if not adapter.links_by_code:
            await asyncio.to_thread(control.scan, qr, own)
            return None
        code = await adapter.code(own)
        await asyncio.to_thread(control.enter_code, code, own)
        return f"by the code {code}"

    async def phone_shows(text):
        message_id = await adapter.send(peer_jid, text)
        entry = await asyncio.to_thread(control.wait_text, peer, text)
        assert entry is not None, "the phone never showed it"
        assert entry["id"] == message_id, f"shown with id {entry['id']}, sent as {message_id}"
        return f"id {message_id}"

    async def client_shows(text):
        await asyncio.to_thread(control.say, peer, own_jid, adapter.addressing, text=text)
        await adapter.received(text)

    async def phone_shows_file(file):
        message_id = await adapter.send_file(peer_jid, file)
        entry = await asyncio.to_thread(control.wait_text, peer, file.caption)
        assert entry is not None and entry["id"] == message_id, f"sent as {message_id}, shown: {entry}"
        entry = await asyncio.to_thread(control.downloaded, peer, message_id)
        expected, shown = file.shown(), entry.get("media") or {}
        shown = {fact: shown.get(fact) for fact in ["failure", *expected]}
        assert shown == {"failure": None, **expected}, f"shown: {shown}, expected: {expected}"
        return f"{len(file.data)} bytes, sha256 {expected['sha256'][:8]}…"

    async def client_downloads(file):
        encoded = base64.b64encode(file.data).decode()
        content = {"type": file.kind, "base64": encoded, "mimetype": file.mimetype, "caption": file.caption}
        if file.name:
            content["fileName"] = file.name
        await asyncio.to_thread(lambda: control.say(peer, own_jid, adapter.addressing, **content))
        data = await adapter.download(await adapter.received(file.caption))
        assert data == file.data, f"{len(data)} bytes, not the {len(file.data)} that the phone sent"
        return f"{len(data)} bytes"

    async def group_shows(addressing, text):
        if addressing not in groups:
            made = await asyncio.to_thread(control.add_group, f"Group of {name}", [peer, own, friend], addressing)
            groups[addressing] = made["jid"]
        message_id = await adapter.send(groups[addressing], text)
        for number in numbers:
            entry = await asyncio.to_thread(control.wait_text, number, text)
            assert entry is not None, f"{number} never showed it"
            assert entry["id"] == message_id, f"shown with id {entry['id']}, sent as {message_id}"
            assert entry["chat"] == groups[addressing], f"shown in {entry['chat']}"
        return f"id {message_id}"

    async def client_shows_in_group(addressing, text, losses=0):
        lost = 0
        while True:
            await asyncio.to_thread(lambda: control.say(friend, groups[addressing], text=text))
            try:
                await adapter.received(text)
                return f"said {lost + 1} times" if lost else ""
            except Lost:
                lost += 1
                if lost > losses:
                    raise

    async def message_from_client(text):
        message_id = await adapter.send(peer_jid, text)
        assert await asyncio.to_thread(control.wait_text, peer, text) is not None, "the phone never showed it"
        return message_id

    async def message_from_phone(text):
        said = await asyncio.to_thread(control.say, peer, own_jid, adapter.addressing, text=text)
        await adapter.received(text)
        return said["id"]

    async def phone_says(kind, message_id, **content):
        await asyncio.to_thread(
            lambda: control.say(peer, own_jid, adapter.addressing, type=kind, id=message_id, **content)
        )

    async def phone_shows_reaction():
        message_id = await message_from_phone(f"to be liked by {name}")
        await adapter.react(peer_jid, message_id, "👍")
        entry = await asyncio.to_thread(control.wait_change, peer, "reaction", message_id)
        assert entry["text"] == "👍", f"shown: {entry['text']}"

    async def client_shows_change(kind, shown, **content):
        if kind == "reaction":
            message_id = await message_from_client(f"to be liked on {name}")
        else:
            message_id = await message_from_phone(f"to become {kind} for {name}")
        await phone_says(kind, message_id, **content)
        found = await adapter.change(kind)
        assert found == (message_id, shown), f"{found}, not {(message_id, shown)}"

    async def phone_shows_edit():
        message_id = await message_from_client(f"to be edited from {name}")
        await adapter.edit(peer_jid, message_id, f"edited from {name}")
        await asyncio.to_thread(control.wait_change, peer, "edit", message_id)
        entry = await asyncio.to_thread(control.entry, peer, message_id)
        assert entry["text"] == f"edited from {name}", f"shown: {entry['text']}"

    async def phone_shows_deletion():
        message_id = await message_from_client(f"to be deleted from {name}")
        await adapter.delete(peer_jid, message_id)
        await asyncio.to_thread(control.wait_change, peer, "revoke", message_id)
        entry = await asyncio.to_thread(control.entry, peer, message_id)
        assert entry["isRevoked"] and not entry.get("text"), f"still shown: {entry['text']}"

    async def phone_hears_of_reading():
        message_id = await message_from_phone(f"to be read by {name}")
        await adapter.read(peer_jid, message_id)
        await asyncio.to_thread(control.receipt, peer, message_id, "read")

    async def client_hears_of_reading():
        message_id = await message_from_client(f"to be read on {name}")
        await asyncio.to_thread(control.call, "POST", f"/phones/{peer}/read", {"ids": [message_id]})
        await adapter.receipt(message_id, "read")

    async def phone_sees_client_online():
        await asyncio.to_thread(control.call, "POST", f"/phones/{peer}/presence", {"isAvailable": True})
        await asyncio.to_thread(control.call, "POST", f"/phones/{peer}/subscribe", {"to": own})
        await adapter.present()
        await asyncio.to_thread(control.sees_online, peer, own)

    async def client_sees_phone_online():
        await asyncio.to_thread(control.call, "POST", f"/phones/{peer}/presence", {"isAvailable": False})
        await adapter.watch(peer_jid)
        await asyncio.to_thread(control.call, "POST", f"/phones/{peer}/presence", {"isAvailable": True})
        await adapter.seen(peer_jid, "available")

    async def phone_sees_client_typing():
        await adapter.typing(peer_jid)
        await asyncio.to_thread(control.sees_typing, peer)

    async def client_sees_phone_typing():
        await asyncio.to_thread(
            control.call, "POST", f"/phones/{peer}/typing", {"to": own, "state": "composing"}
        )
        await adapter.seen(peer_jid, "composing")

    async def reconnect():
        nonlocal adapter
        notes.update(adapter.notes)
        await adapter.stop()
        adapter = make_adapter()
        await adapter.start()
        await adapter.opened()

    async def no_violation():
        new = (await asyncio.to_thread(control.violations))[known_violations:]
        assert not new, "; ".join(f"{item['kind']}: {item['text']}" for item in new)

    try:
        await step("is linked, by a QR text or a code", pair())
        await step("survives the 515", adapter.restarted())
        await step("logs in", adapter.opened())
        await step("sends a text that the phone decrypts", phone_shows(f"first from {name}"))
        await step("decrypts a text of the phone", client_shows(f"first to {name}"))
        for file in files(f"from {name}", seed=1):
            await step(f"sends a file ({file.kind}) that the phone shows", phone_shows_file(file))
        for file in files(f"to {name}", seed=2):
            await step(f"downloads a file ({file.kind}) of the phone", client_downloads(file))
        for addressing in "lid", "phoneNumber":
            await step(f"sends to a {addressing} group", group_shows(addressing, f"{addressing} group from {name}"))
            await step(
                f"decrypts a text in a {addressing} group",
                client_shows_in_group(addressing, f"{addressing} group to {name}", losses=adapter.losses),
            )
        await step("reacts to a text of the phone", phone_shows_reaction())
        await step("decrypts a reaction of the phone", client_shows_change("reaction", "🎉", emoji="🎉"))
        await step("edits a text on the phone", phone_shows_edit())
        await step("decrypts an edit of the phone", client_shows_change("edit", "edited", text="edited"))
        await step("deletes a text on the phone", phone_shows_deletion())
        await step("decrypts a deletion of the phone", client_shows_change("revoke", None))
        await step("tells the phone that it read", phone_hears_of_reading())
        await step("hears that the phone read", client_hears_of_reading())
        await step("is seen online by the phone", phone_sees_client_online())
        await step("sees the phone online", client_sees_phone_online())
        await step("is seen typing by the phone", phone_sees_client_typing())
        await step("sees the phone typing", client_sees_phone_typing())
        await step("reconnects without a QR", reconnect())
        await step("sends again after the reconnect", phone_shows(f"second from {name}"))
        await step("receives again after the reconnect", client_shows(f"second to {name}"))
        for addressing in "lid", "phoneNumber":
            await step(
                f"sends again to the {addressing} group",
                group_shows(addressing, f"{addressing} group again from {name}"),
            )
            await step(
                f"decrypts again in the {addressing} group",
                client_shows_in_group(addressing, f"{addressing} group again to {name}"),
            )
        await step("did nothing a server would object to", no_violation())
    except Stopped:
        pass
    finally:
        for note in sorted(notes | adapter.notes):
            print(f"NOTE  {name}: {note}", flush=True)
        await adapter.stop()
