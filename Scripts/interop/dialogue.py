"""The conversation every client library has to hold with the simulator, step by step.

An adapter gives the library's side; it runs on the library's own event loop:
    start()            connect with the credentials of the adapter's folder
    qr()               the next QR text shown
    restarted()        returns once the library, or its user, reconnects after the 515
    opened()           returns when the library says it is logged in
    send(jid, text)    send a text; returns the message id
    received(text)     returns when the library handed this decrypted text to its user
    problems           what the library could not decrypt, in its own words
    notes              what a reader of the report should know besides
    stop()             close the connection, keep the credentials
    addressing         under which address the phone writes: lid, as phones do today, or phoneNumber
"""

import asyncio
import traceback

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


class Stopped(Exception):
    """A step failed, so those after it make no sense."""


async def hold(name, make_adapter, control, numbers, report):
    """Pairs, talks both ways, reconnects, talks both ways again. `numbers` is (own, peer)."""
    own, peer = numbers
    await asyncio.to_thread(control.add_phone, own, f"Owner of {name}")
    await asyncio.to_thread(control.add_phone, peer, f"Peer of {name}")
    peer_jid, own_jid = f"{peer}@s.whatsapp.net", f"{own}@s.whatsapp.net"
    known_violations = len(await asyncio.to_thread(control.violations))
    adapter = make_adapter()

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
        await asyncio.to_thread(control.scan, qr, own)

    async def phone_shows(text):
        message_id = await adapter.send(peer_jid, text)
        entry = await asyncio.to_thread(control.wait_text, peer, text)
        assert entry is not None, "the phone never showed it"
        assert entry["id"] == message_id, f"shown with id {entry['id']}, sent as {message_id}"
        return f"id {message_id}"

    async def client_shows(text):
        await asyncio.to_thread(control.say, peer, own_jid, text, adapter.addressing)
        await adapter.received(text)

    async def reconnect():
        nonlocal adapter
        await adapter.stop()
        adapter = make_adapter()
        await adapter.start()
        await adapter.opened()

    async def no_violation():
        new = (await asyncio.to_thread(control.violations))[known_violations:]
        assert not new, "; ".join(f"{item['kind']}: {item['text']}" for item in new)

    try:
        await step("shows a QR text and is scanned", pair())
        await step("survives the 515", adapter.restarted())
        await step("logs in", adapter.opened())
        await step("sends a text that the phone decrypts", phone_shows(f"first from {name}"))
        await step("decrypts a text of the phone", client_shows(f"first to {name}"))
        await step("reconnects without a QR", reconnect())
        await step("sends again after the reconnect", phone_shows(f"second from {name}"))
        await step("receives again after the reconnect", client_shows(f"second to {name}"))
        await step("did nothing a server would object to", no_violation())
    except Stopped:
        pass
    finally:
        for note in sorted(adapter.notes):
            print(f"NOTE  {name}: {note}", flush=True)
        await adapter.stop()
