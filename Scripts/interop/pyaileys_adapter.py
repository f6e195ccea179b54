"""pyaileys, unmodified: the URL is `SocketConfig.ws_url`, the root key the module attribute its certificate check reads."""

import asyncio

import pyaileys.crypto.noise
from dialogue import Lost
from pyaileys import WhatsAppClient
from pyaileys.messages import extract_message_text
from pyaileys.socket_config import SocketConfig


class PyaileysAdapter:
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

    async def download(self, message):
        return await self.client.download_message_media(message)

    async def stop(self):
        if self.client:
            await self.client.disconnect()
            await self.auth.save_creds()
            self.client = None
