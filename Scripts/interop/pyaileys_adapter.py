"""pyaileys, unmodified: the URL is `SocketConfig.ws_url`, the root key the module attribute its certificate check reads."""

import asyncio
import time

import pyaileys.crypto.noise
from dialogue import Lost
from pyaileys import WhatsAppClient
from pyaileys.messages import extract_message_text
from pyaileys.proto import WAProto_pb2 as proto
from pyaileys.socket_config import SocketConfig
from pyaileys.wabinary.types import BinaryNode


def change_in(message):
    """What a message does to another one: (kind, id of that one, emoji or new text), or None."""
    if message.HasField("reactionMessage"):
        return "reaction", message.reactionMessage.key.id, message.reactionMessage.text
    if message.HasField("editedMessage"):
        message = message.editedMessage.message
    if not message.HasField("protocolMessage"):
        return None
    change = message.protocolMessage
    if change.type == change.REVOKE:
        return "revoke", change.key.id, None
    if change.type == change.MESSAGE_EDIT:
        return "edit", change.key.id, extract_message_text(change.editedMessage)
    return None


class PyaileysAdapter:
    # It has a place for a pairing code and nothing that makes one.
    links_by_code = False
    # pyaileys 0.1.5 keeps one session for each address, and does not learn from usync or sender_pn which two belong together: what a
    # contact it has written to under the phone number answers under its LID is "no session" to it. So the phone answers as it
    # was written to.
    addressing = "phoneNumber"

    # It decrypts every <enc> of a stanza in a task of its own (client.py, `ensure_task(_decrypt_one(…))`), so a message
    # beside which its sender key comes (skmsg beside pkmsg) is tried before the key is there, and it never asks again.
    losses = 3

    def __init__(self, url, root_key, folder):
        pyaileys.crypto.noise.WA_CERT_PUBLIC_KEY = root_key
        self.url = url
        self.folder = folder
        self.codes = asyncio.Queue()
        self.messages = asyncio.Queue()
        self.changes = asyncio.Queue()
        self.receipts = asyncio.Queue()
        self.people = asyncio.Queue()
        self.open = asyncio.Event()
        self.connecting_again = asyncio.Event()
        self.paired = False
        self.problems = []
        self.notes = set()
        self.client = None

    async def start(self):
        self.client, self.auth = await WhatsAppClient.from_auth_folder(
            self.folder, socket=SocketConfig(ws_url=self.url)
        )
        self.client.on("connection.update", self.on_update)
        self.client.on("creds.update", self.on_credentials)
        self.client.on("message.decrypted", self.on_message)
        self.client.on("message.decrypt_error", self.on_problem)
        self.client.on("stanza.receipt", self.on_receipt)
        self.client.on("stanza.presence", self.on_presence)
        self.client.on("stanza.chatstate", self.on_chat_state)
        # "open" comes with `success`, before pyaileys has said `active`; the end of the offline queue comes after it.
        self.client.on("cb:ib,,offline", self.on_caught_up)
        await self.client.connect()

    async def on_update(self, update):
        if update.qr:
            self.codes.put_nowait(update.qr)
        if update.is_new_login:
            self.paired = True
        if update.connection == "connecting" and self.paired:
            self.connecting_again.set()

    async def on_caught_up(self, _):
        self.open.set()

    async def on_credentials(self, _):
        await self.auth.save_creds()

    async def on_problem(self, problem):
        self.problems.append(f"{problem['jid']} {problem['type']}: {problem['error']}")
        if problem["type"] == "skmsg" and "no sender key state" in problem["error"]:
            self.notes.add("it loses a group message that comes together with its sender key, and never asks again")
            self.messages.put_nowait(Lost())

    async def on_message(self, message):
        content = message["message"]
        if content.HasField("documentWithCaptionMessage"):
            self.notes.add("it does not look into documentWithCaptionMessage, as phones send; the adapter unwraps it")
            content = content.documentWithCaptionMessage.message
        if found := change_in(content):
            self.changes.put_nowait(found)
        self.messages.put_nowait((extract_message_text(content), content))

    async def qr(self):
        return await self.codes.get()

    async def restarted(self):
        await self.connecting_again.wait()

    async def opened(self):
        await self.open.wait()

    async def send(self, jid, text):
        return await self.client.send_text(jid, text, wait_ack=True)

    async def send_file(self, jid, file):
        if file.kind == "image":
            return await self.client.send_image(
                jid, file.data, mimetype=file.mimetype, caption=file.caption, wait_ack=True
            )
        return await self.client.send_document(
            jid, file.data, mimetype=file.mimetype, caption=file.caption, filename=file.name, wait_ack=True
        )

    async def received(self, text):
        while True:
            item = await self.messages.get()
            if isinstance(item, Lost):
                raise item
            if item[0] == text:
                return item[1]

    async def on_receipt(self, stanza):
        self.receipts.put_nowait((stanza.attrs["id"], stanza.attrs.get("type")))

    async def on_presence(self, stanza):
        self.people.put_nowait((stanza.attrs["from"], stanza.attrs.get("type", "available")))

    async def on_chat_state(self, stanza):
        self.people.put_nowait((stanza.attrs["from"], stanza.content[0].tag))

    # pyaileys has no functions for these messages; its own composition and encryption send them. The stanza's `edit`, which
    # it cannot be given either, is added on the way to its socket.

    async def send_message(self, jid, content, stanza_type="text", edit=None):
        socket = self.client.socket
        send = socket.send_node

        async def send_with_edit(node):
            if edit and node.tag == "message":
                node.attrs["edit"] = edit
            await send(node)

        socket.send_node = send_with_edit
        try:
            return await self.client._send_message(
                jid,
                proto.Message(**content),
                stanza_type=stanza_type,
                enc_extra_attrs=None,
                fanout=True,
                include_phash=False,
                wait_ack=True,
                timeout_s=20,
            )
        finally:
            del socket.send_node

    async def react(self, jid, message_id, emoji):
        key = {"remoteJid": jid, "fromMe": False, "id": message_id}
        reaction = {"key": key, "text": emoji, "senderTimestampMs": int(time.time() * 1000)}
        await self.send_message(jid, {"reactionMessage": reaction}, "reaction")

    async def edit(self, jid, message_id, text):
        key = {"remoteJid": jid, "fromMe": True, "id": message_id}
        edit = {"key": key, "type": 14, "editedMessage": {"conversation": text}, "timestampMs": int(time.time() * 1000)}
        await self.send_message(jid, {"protocolMessage": edit}, edit="1")

    async def delete(self, jid, message_id):
        key = {"remoteJid": jid, "fromMe": True, "id": message_id}
        await self.send_message(jid, {"protocolMessage": {"key": key, "type": 0}}, edit="7")

    async def change(self, kind):
        while True:
            found, *rest = await self.changes.get()
            if found == kind:
                return tuple(rest)

    async def read(self, jid, message_id):
        attributes = {"id": message_id, "to": jid, "type": "read", "t": str(int(time.time()))}
        await self.client.socket.send_node(BinaryNode(tag="receipt", attrs=attributes))

    async def receipt(self, message_id, kind):
        while await self.receipts.get() != (message_id, kind):
            pass

    async def present(self):
        # Its own set_presence leaves out the name, without which the server passes nothing on.
        name = self.client.socket.auth.creds.me.name or "pyaileys"
        attributes = {"type": "available", "name": name}
        await self.client.socket.send_node(BinaryNode(tag="presence", attrs=attributes))

    async def watch(self, jid):
        await self.client.socket.send_node(BinaryNode(tag="presence", attrs={"type": "subscribe", "to": jid}))

    async def typing(self, jid):
        await self.client.set_typing(jid)

    async def seen(self, jid, state):
        while (await self.people.get())[1] != state:
            pass

    async def download(self, message):
        return await self.client.download_message_media(message)

    async def stop(self):
        if self.client:
            await self.client.disconnect()
            await self.auth.save_creds()
            self.client = None
