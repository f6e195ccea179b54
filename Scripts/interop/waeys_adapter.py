"""waeys, unmodified: the URL is `waWebSocketUrl` of its configuration, the root key an entry of its `WA_CERT_DETAILS`.

waeys 0.1.3 pairs and logs in by itself, but its own `sendMessage` and message receiver cannot work against any server:
  * `messages_send.py` hands plain dicts to `query`, `sendNode` and the encoder, which all read `.attrs` and `.tag` (AttributeError);
  * `libsignal.py` enters `keys.transaction(key)`, but `auth_utils.py` defines `transaction(work, key)` (TypeError);
  * `parse_and_inject_e2e_sessions` calls `repository.inject_e2e_session`, but the repository is a dict without attributes;
  * its usync parser reads `int(key-index)` of device 0, which has none;
  * its own `refreshMediaConn` hands a dict to `query` as well, and an upload needs what that answers.
So this adapter composes the talk from waeys' own working parts, through the hooks its configuration offers: its socket with
Noise and node codec, its pairing, prekeys and login, its Signal repository with sessions and sender keys (made by the
`makeSignalRepository` hook over our own key store), its group query, its media functions (`prepare_wa_message_media` over
`get_wa_upload_to_server`, `download_content_from_message`) and its protobufs; its own receiver hands ciphertexts to the
repository. The stanza around what is sent, and the `media_conn` query, are the adapter's. No file or function of the library
is replaced.
"""

import asyncio
import contextlib
import time
import urllib.parse

from WAeys.Defaults.index import WA_CERT_DETAILS, default_connection_config
from WAeys.Signal.libsignal import make_libsignal_repository
from WAeys.Socket.socket import make_socket
from WAeys.Utils.auth_utils import init_auth_creds, make_memory_key_store
from WAeys.Utils.generics import encode_wa_message, generate_message_id_v2, unpad_random_max16
from WAeys.Utils.logger import ILogger
from WAeys.Utils.messages import prepare_wa_message_media
from WAeys.Utils.messages_media import download_content_from_message, get_wa_upload_to_server
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


def text_of(message):
    """The text or caption, whatever of these it is."""
    for content in message.extendedTextMessage, message.imageMessage, message.documentMessage:
        if content:
            return getattr(content, "text", None) or getattr(content, "caption", None)
    return message.conversation


def change_in(message):
    """What a message does to another one: (kind, id of that one, emoji or new text), or None."""
    if message.reactionMessage:
        return "reaction", message.reactionMessage.key.id, message.reactionMessage.text
    if message.editedMessage:
        message = message.editedMessage.message
    change = message.protocolMessage
    if not change or not change.key:
        return None
    if change.editedMessage:
        return "edit", change.key.id, text_of(change.editedMessage)
    return ("revoke", change.key.id, None) if not change.type else None


class WaeysAdapter:
    addressing = "lid"
    losses = 0

    def __init__(self, url, root_key, folder):
        WA_CERT_DETAILS["PUBLIC_KEY"] = root_key
        self.creds, self.store = STORED.setdefault(folder, (init_auth_creds(), KeyStore()))
        self.url = url
        # One of its conversations begins with a scan, the other with a code.
        self.links_by_code = url.startswith("wss:")
        self.codes = asyncio.Queue()
        self.messages = asyncio.Queue()
        self.changes = asyncio.Queue()
        self.receipts = asyncio.Queue()
        self.people = asyncio.Queue()
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
        self.sock["ws"].on("CB:receipt", self.on_receipt)
        self.sock["ws"].on("CB:presence", lambda node: self.on_person(node, node.attrs.get("type", "available")))
        self.sock["ws"].on("CB:chatstate", lambda node: self.on_person(node, node.content[0].tag))
        self.sock["ws"].on("CB:message", lambda node: asyncio.ensure_future(self.acknowledge(node)))

    async def leave_as_it_is(self, message, _recipients=None):
        return message

    def make_repository(self, auth, logger, lids):
        repository = Repository(make_libsignal_repository({"creds": auth["creds"], "keys": self.store}, logger, lids))
        for name in "decryptMessage", "decryptGroupMessage":
            repository[name] = self.keeping(repository[name])
        self.repository = repository
        return repository

    def keeping(self, decrypt):
        """The same function; what it decrypts is also kept for `received`."""

        async def decrypt_and_keep(options):
            try:
                plaintext = await decrypt(options)
            except Exception as error:
                author = options.get("authorJid") or options["jid"]
                self.problems.append(f"{author} {options.get('type', 'skmsg')}: {error}")
                raise
            message = proto.Message.decode(unpad_random_max16(plaintext))
            if message.documentWithCaptionMessage:
                message = message.documentWithCaptionMessage.message
            if found := change_in(message):
                self.changes.put_nowait(found)
            self.messages.put_nowait((text_of(message), message))
            return plaintext

        return decrypt_and_keep

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

    async def code(self, number):
        return await self.sock["requestPairingCode"](number)

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
        while True:
            found, message = await self.messages.get()
            if found == text:
                return message

    def on_receipt(self, node):
        self.receipts.put_nowait((node.attrs["id"], node.attrs.get("type")))

    def on_person(self, node, state):
        self.people.put_nowait((node.attrs["from"], state))

    async def change(self, kind):
        while True:
            found, *rest = await self.changes.get()
            if found == kind:
                return tuple(rest)

    async def receipt(self, message_id, kind):
        while await self.receipts.get() != (message_id, kind):
            pass

    async def seen(self, jid, state):
        while (await self.people.get())[1] != state:
            pass

    async def download(self, message):
        kind = "image" if message.imageMessage else "document"
        content = message.imageMessage or message.documentMessage
        source = {"mediaKey": content.mediaKey, "directPath": content.directPath, "url": content.url}
        # By itself it takes the host of the URL without its port; `host` is its option for another one.
        options = {"host": urllib.parse.urlsplit(content.url).netloc}
        return b"".join([piece async for piece in await download_content_from_message(source, kind, options)])

    # Sending

    async def send(self, jid, text):
        sent = await self.send_by_itself(jid, text)
        if sent:
            return sent
        message = proto.Message.from_object({"conversation": text})
        if jid.endswith("@g.us"):
            return await self.send_to_group(jid, message)
        return await self.send_to_person(jid, message)

    async def send_file(self, jid, file):
        content = {file.kind: file.data, "mimetype": file.mimetype, "caption": file.caption}
        content |= {"fileName": file.name} if file.name else {"jpegThumbnail": file.data[:4]}
        upload = get_wa_upload_to_server({"logger": Quiet()}, self.media_connection)
        message = await prepare_wa_message_media(content, {"upload": upload, "logger": Quiet()})
        return await self.send_to_person(jid, message, file.kind)

    async def react(self, jid, message_id, emoji):
        key = {"remoteJid": jid, "fromMe": False, "id": message_id}
        reaction = {"key": key, "text": emoji, "senderTimestampMs": int(time.time() * 1000)}
        await self.send_to_person(jid, proto.Message.from_object({"reactionMessage": reaction}), type="reaction")

    async def edit(self, jid, message_id, text):
        key = {"remoteJid": jid, "fromMe": True, "id": message_id}
        edit = {"key": key, "type": 14, "editedMessage": {"conversation": text}, "timestampMs": int(time.time() * 1000)}
        await self.send_to_person(jid, proto.Message.from_object({"protocolMessage": edit}), edit="1")

    async def delete(self, jid, message_id):
        key = {"remoteJid": jid, "fromMe": True, "id": message_id}
        await self.send_to_person(jid, proto.Message.from_object({"protocolMessage": {"key": key, "type": 0}}), edit="7")

    async def read(self, jid, message_id):
        attributes = {"id": message_id, "to": jid, "type": "read", "t": str(int(time.time()))}
        await self.sock["sendNode"](BinaryNode("receipt", attributes))

    async def present(self):
        await self.sock["sendNode"](BinaryNode("presence", {"type": "available", "name": "waeys"}))

    async def watch(self, jid):
        await self.sock["sendNode"](BinaryNode("presence", {"type": "subscribe", "to": jid}))

    async def typing(self, jid):
        attributes = {"from": self.creds["me"]["id"], "to": jid}
        await self.sock["sendNode"](BinaryNode("chatstate", attributes, [BinaryNode("composing", {})]))

    async def send_by_itself(self, jid, text):
        """The id, if waeys' own `sendMessage` should ever work."""
        try:
            return (await asyncio.wait_for(self.sock["sendMessage"](jid, {"text": text}), OWN_SEND_SECONDS))["key"]["id"]
        except Exception as error:  # noqa: BLE001 - it fails in its own code, see above
            self.notes.add(f"waeys' own sendMessage: {type(error).__name__}: {error}")
            return None

    async def send_to_person(self, jid, message, media_type=None, **attributes):
        own_user = jid_decode(self.creds["me"]["id"]).user
        devices = await self.devices([jid, jid_encode(own_user, "s.whatsapp.net")])
        copy = proto.Message.from_object({"deviceSentMessage": {"destinationJid": jid, "message": message}})
        contents = {device: copy if jid_decode(device).user == own_user else message for device in devices}
        return await self.send_stanza(jid, await self.sealed(contents, media_type), media_type, **attributes)

    async def send_to_group(self, jid, message):
        """Once for all under waeys' sender key, which goes to every device that does not have it yet."""
        group = await self.sock["groupMetadata"](jid)
        devices = await self.devices([participant["id"] for participant in group["participants"]])
        me = self.creds["me"]
        sealed = await self.repository["encryptGroupMessage"](
            {
                "group": jid,
                "meId": me["lid"] if group["addressingMode"] == "lid" else me["id"],
                "data": encode_wa_message(message),
            }
        )
        key = {"groupId": jid, "axolotlSenderKeyDistributionMessage": sealed["senderKeyDistributionMessage"]}
        distribution = proto.Message.from_object({"senderKeyDistributionMessage": key})
        holders = (await self.store.get("sender-key-memory", [jid])).get(jid, [])
        lacking = [device for device in devices if device not in holders]
        children = await self.sealed(dict.fromkeys(lacking, distribution))
        children.append(BinaryNode("enc", {"v": "2", "type": "skmsg"}, sealed["ciphertext"]))
        message_id = await self.send_stanza(jid, children, addressing_mode=group["addressingMode"])
        await self.store.set({"sender-key-memory": {jid: holders + lacking}})
        return message_id

    async def sealed(self, contents, media_type=None):
        """`participants` with a ciphertext for each device, and the device identity where one of them needs it."""
        await self.start_sessions(contents)
        targets, needs_identity = [], False
        for device, content in contents.items():
            sealed = await self.repository["encryptMessage"]({"jid": device, "data": encode_wa_message(content)})
            needs_identity = needs_identity or sealed["type"] == "pkmsg"
            attributes = {"v": "2", "type": sealed["type"]} | ({"mediatype": media_type} if media_type else {})
            targets.append(BinaryNode("to", {"jid": device}, [BinaryNode("enc", attributes, sealed["ciphertext"])]))
        children = [BinaryNode("participants", {}, targets)] if targets else []
        if needs_identity:
            identity = encode_signed_device_identity(self.creds["account"], True)
            children.append(BinaryNode("device-identity", {}, identity))
        return children

    async def send_stanza(self, jid, children, media_type=None, **attributes):
        message_id = generate_message_id_v2(self.creds["me"]["id"])
        attributes = {"type": "media" if media_type else "text"} | attributes | {"id": message_id, "to": jid}
        acknowledgement = asyncio.ensure_future(self.sock["waitForMessage"](message_id))
        await self.sock["sendNode"](BinaryNode("message", attributes, children))
        answer = await acknowledgement
        assert answer is not None and "error" not in answer.attrs, f"not acknowledged: {answer}"
        return message_id

    async def media_connection(self, force=False):
        """Where files go, and with which authorization; by its own `refreshMediaConn` if that should ever work."""
        try:
            return await self.sock["refreshMediaConn"](force)
        except Exception as error:  # noqa: BLE001 - it fails in its own code, see above
            self.notes.add(f"waeys' own refreshMediaConn: {type(error).__name__}: {error}")
        query = BinaryNode("iq", {"to": S_WHATSAPP_NET, "type": "set", "xmlns": "w:m"}, [BinaryNode("media_conn", {})])
        answer = get_binary_node_child(await self.sock["query"](query), "media_conn")
        hosts = [{"hostname": host.attrs["hostname"]} for host in get_binary_node_children(answer, "host")]
        return {"auth": answer.attrs["auth"], "ttl": int(answer.attrs["ttl"]), "hosts": hosts}

    async def devices(self, accounts):
        """The device JIDs of the accounts, by usync, without this one."""
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
        return [device for device in found if device not in (self.creds["me"]["id"], self.creds["me"]["lid"])]

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
