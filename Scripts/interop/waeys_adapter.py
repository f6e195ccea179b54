"""waeys, unmodified: the URL is `waWebSocketUrl` of its configuration, the root key an entry of its `WA_CERT_DETAILS`.

waeys 0.1.3 pairs and logs in by itself, but its own `sendMessage` and message receiver cannot work against any server:
  * `messages_send.py` hands plain dicts to `query`, `sendNode` and the encoder, which all read `.attrs` and `.tag` (AttributeError);
  * `libsignal.py` enters `keys.transaction(key)`, but `auth_utils.py` defines `transaction(work, key)` (TypeError);
  * `parse_and_inject_e2e_sessions` calls `repository.inject_e2e_session`, but the repository is a dict without attributes;
  * its usync parser reads `int(key-index)` of device 0, which has none.
So this adapter composes the talk from waeys' own working parts, through the hooks its configuration offers: its socket with Noise and
node codec, its pairing, prekeys and login, its Signal repository (made by the `makeSignalRepository` hook over our own key store)
and its protobufs. The stanza around the ciphertext is the adapter's. No file or function of the library is replaced.
"""

import asyncio
import contextlib

from WAeys.Defaults.index import WA_CERT_DETAILS, default_connection_config
from WAeys.Signal.libsignal import make_libsignal_repository
from WAeys.Socket.socket import make_socket
from WAeys.Utils.auth_utils import init_auth_creds, make_memory_key_store
from WAeys.Utils.generics import encode_wa_message, generate_message_id_v2, unpad_random_max16
from WAeys.Utils.logger import ILogger
from WAeys.Utils.signal import parse_and_inject_e2e_sessions
from WAeys.Utils.stanza_ack import build_ack_stanza
from WAeys.Utils.validate_connection import encode_signed_device_identity
from WAeys.WABinary.generic_utils import get_binary_node_child, get_binary_node_children
from WAeys.WABinary.jid_utils import S_WHATSAPP_NET, jid_decode, jid_encode
from WAeys.WABinary.types import BinaryNode
from WAeys.WAProto import WAProto as proto

RESTART_REQUIRED = 515
OWN_SEND_SECONDS = 10

# What an application would keep on disk: credentials and keys by folder.
STORED = {}


class Quiet(ILogger):
    """waeys prints every log line as JSON to stdout whatever its level; this keeps the report readable."""

    level = "silent"

    def child(self, _):
        return self

    def _emit(self, *_):
        pass


class KeyStore:
    """The application's key store. waeys asks it for two different things under one name, `transaction`:
    the address map calls `await transaction(work, key)`, the Signal repository enters `transaction(key)`."""

    def __init__(self):
        self.keys = make_memory_key_store()
        self.get, self.set, self.clear = self.keys.get, self.keys.set, self.keys.clear

    def __getitem__(self, name):
        return self.keys[name]

    def transaction(self, *arguments):
        return arguments[0]() if len(arguments) == 2 else contextlib.nullcontext(self)


class Repository(dict):
    """waeys' Signal repository, with the one attribute its prekey parser looks for."""

    def inject_e2e_session(self, options):
        return self["injectE2ESession"](options)


class WaeysAdapter:
    addressing = "lid"

    def __init__(self, url, root_key, folder):
        WA_CERT_DETAILS["PUBLIC_KEY"] = root_key
        self.creds, self.store = STORED.setdefault(folder, (init_auth_creds(), KeyStore()))
        self.url = url
        self.codes = asyncio.Queue()
        self.texts = asyncio.Queue()
        self.open = asyncio.Event()
        self.connecting_again = asyncio.Event()
        self.stopped = False
        self.problems = []
        self.notes = set()
        self.sock = None

    # Connection

    async def start(self):
        config = default_connection_config()
        config["waWebSocketUrl"] = self.url
        config["logger"] = Quiet()
        config["auth"] = {"creds": self.creds, "keys": self.store}
        config["makeSignalRepository"] = self.make_repository
        # The hook's own default takes one argument and cannot be awaited, which is how waeys calls it.
        config["patchMessageBeforeSending"] = self.leave_as_it_is
        self.sock = make_socket(config)
        self.sock["ev"].on("connection.update", self.on_update)
        self.sock["ws"].on("CB:message", lambda node: asyncio.ensure_future(self.acknowledge(node)))

    async def leave_as_it_is(self, message, _recipients=None):
        return message

    def make_repository(self, auth, logger, lids):
        repository = Repository(make_libsignal_repository({"creds": auth["creds"], "keys": self.store}, logger, lids))
        decrypt = repository["decryptMessage"]

        async def decrypt_and_keep(options):
            try:
                plaintext = await decrypt(options)
            except Exception as error:
                self.problems.append(f"{options['jid']} {options['type']}: {error}")
                raise
            message = proto.Message.decode(unpad_random_max16(plaintext))
            if message.conversation:
                self.texts.put_nowait(message.conversation)
            elif message.extendedTextMessage:
                self.texts.put_nowait(message.extendedTextMessage.text)
            return plaintext

        repository["decryptMessage"] = decrypt_and_keep
        self.repository = repository
        return repository

    def on_update(self, update):
        if update.get("qr"):
            self.codes.put_nowait(update["qr"])
        if update.get("connection") == "open":
            self.open.set()
        if update.get("connection") == "close" and not self.stopped:
            error = (update.get("lastDisconnect") or {}).get("error")
            if getattr(error, "statusCode", None) == RESTART_REQUIRED:
                self.connecting_again.set()
                asyncio.ensure_future(self.start())

    async def qr(self):
        return await self.codes.get()

    async def restarted(self):
        await self.connecting_again.wait()

    async def opened(self):
        await self.open.wait()

    async def stop(self):
        if self.sock:
            self.stopped = True
            await self.sock["end"](None)
            self.sock = None

    # Receiving

    async def acknowledge(self, node):
        """What waeys' receiver would send after decrypting: the delivery receipt and the acknowledgement."""
        attributes = {"id": node.attrs["id"], "to": node.attrs["from"]}
        if node.attrs.get("participant"):
            attributes["participant"] = node.attrs["participant"]
        if node.attrs.get("category") == "peer":
            attributes["type"] = "peer_msg"
        await self.sock["sendNode"](BinaryNode("receipt", attributes))
        await self.sock["sendNode"](build_ack_stanza(node, None, self.creds["me"]["id"]))

    async def received(self, text):
        while await self.texts.get() != text:
            pass

    # Sending

    async def send(self, jid, text):
        """Through waeys' own `sendMessage` if that should ever work, else with its parts."""
        try:
            return (await asyncio.wait_for(self.sock["sendMessage"](jid, {"text": text}), OWN_SEND_SECONDS))["key"]["id"]
        except Exception as error:  # noqa: BLE001 - it fails in its own code, see above
            self.notes.add(f"waeys' own sendMessage: {type(error).__name__}: {error}")
        return await self.send_with_parts(jid, text)

    async def send_with_parts(self, jid, text):
        own = jid_decode(self.creds["me"]["id"])
        own_account = jid_encode(own.user, "s.whatsapp.net")
        devices = [
            device for device in await self.devices([jid, own_account]) if device != self.creds["me"]["id"]
        ]
        await self.start_sessions(devices)

        message = proto.Message.from_object({"conversation": text})
        copy = proto.Message.from_object({"deviceSentMessage": {"destinationJid": jid, "message": {"conversation": text}}})
        targets, needs_identity = [], False
        for device in devices:
            content = copy if jid_decode(device).user == own.user else message
            sealed = await self.repository["encryptMessage"]({"jid": device, "data": encode_wa_message(content)})
            needs_identity = needs_identity or sealed["type"] == "pkmsg"
            enc = BinaryNode("enc", {"v": "2", "type": sealed["type"]}, sealed["ciphertext"])
            targets.append(BinaryNode("to", {"jid": device}, [enc]))

        children = [BinaryNode("participants", {}, targets)]
        if needs_identity:
            identity = encode_signed_device_identity(self.creds["account"], True)
            children.append(BinaryNode("device-identity", {}, identity))
        message_id = generate_message_id_v2(self.creds["me"]["id"])
        attributes = {"id": message_id, "to": jid, "type": "text"}
        acknowledgement = asyncio.ensure_future(self.sock["waitForMessage"](message_id))
        await self.sock["sendNode"](BinaryNode("message", attributes, children))
        answer = await acknowledgement
        assert answer is not None and "error" not in answer.attrs, f"not acknowledged: {answer}"
        return message_id

    async def devices(self, accounts):
        """The device JIDs of the accounts, by usync."""
        query = BinaryNode("query", {}, [BinaryNode("devices", {"version": "2"}), BinaryNode("lid", {})])
        users = BinaryNode("list", {}, [BinaryNode("user", {"jid": account}) for account in accounts])
        usync = BinaryNode(
            "usync",
            {"context": "message", "mode": "query", "sid": self.sock["generateMessageTag"](), "last": "true", "index": "0"},
            [query, users],
        )
        answer = await self.sock["query"](
            BinaryNode("iq", {"to": S_WHATSAPP_NET, "type": "get", "xmlns": "usync"}, [usync])
        )
        found = []
        answered = get_binary_node_child(get_binary_node_child(answer, "usync"), "list")
        for user in get_binary_node_children(answered, "user"):
            account = jid_decode(user.attrs["jid"])
            devices = get_binary_node_child(get_binary_node_child(user, "devices"), "device-list")
            for device in get_binary_node_children(devices, "device"):
                number = int(device.attrs["id"])
                found.append(jid_encode(account.user, account.server, number or None))
        return found

    async def start_sessions(self, devices):
        missing = [
            device for device in devices if not (await self.repository["validateSession"](device))["exists"]
        ]
        if not missing:
            return
        users = [BinaryNode("user", {"jid": device}) for device in missing]
        answer = await self.sock["query"](
            BinaryNode("iq", {"to": S_WHATSAPP_NET, "type": "get", "xmlns": "encrypt"}, [BinaryNode("key", {}, users)])
        )
        await parse_and_inject_e2e_sessions(answer, self.repository)
