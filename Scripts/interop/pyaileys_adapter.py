"""pyaileys, unmodified: the URL is `SocketConfig.ws_url`, the root key the module attribute its certificate check reads."""

import asyncio

import pyaileys.crypto.noise
from pyaileys import WhatsAppClient
from pyaileys.socket_config import SocketConfig


class PyaileysAdapter:
    # pyaileys 0.1.5 keeps one session for each address, and does not learn from usync or sender_pn which two belong together: what a
    # contact it has written to under the phone number answers under its LID is "no session" to it. So the phone answers as it
    # was written to.
    addressing = "phoneNumber"

    def __init__(self, url, root_key, folder):
        pyaileys.crypto.noise.WA_CERT_PUBLIC_KEY = root_key
        self.url = url
        self.folder = folder
        self.codes = asyncio.Queue()
        self.texts = asyncio.Queue()
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

    async def on_message(self, message):
        if message["text"]:
            self.texts.put_nowait(message["text"])

    async def qr(self):
        return await self.codes.get()

    async def restarted(self):
        await self.connecting_again.wait()

    async def opened(self):
        await self.open.wait()

    async def send(self, jid, text):
        return await self.client.send_text(jid, text, wait_ack=True)

    async def received(self, text):
        while await self.texts.get() != text:
            pass

    async def stop(self):
        if self.client:
            await self.client.disconnect()
            await self.auth.save_creds()
            self.client = None
