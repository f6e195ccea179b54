"""Live channels as other people's programs use them: the published Socket.IO client over both transports, and a stream
and a pull that resume from their cursor after the gateway was killed."""

import asyncio
import http.client
import json
import sys
import threading
import time

import socketio

from gateway import World, until
from kinds import side_by_side

checks = []


def check(name):
    return lambda function: checks.append((name, function)) or function


class Listener:
    """The synchronous client, in `/events`."""

    def __init__(self, world, transports, **options):
        self.frames = []
        self.client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=1, **options)
        self.client.on("message", self.frames.append, namespace="/events")
        self.client.on("connect", self._subscribe, namespace="/events")
        self.subscribed = 0
        self.client.connect(world.base, namespaces=["/events"], auth={"apiKey": world.api_key}, transports=transports)

    def _subscribe(self):
        # In the background, as the callback must not wait for its own answer.
        self.client.start_background_task(self._ask)

    def _ask(self):
        frame = {"type": "subscribe", "sessionId": "*", "events": ["*"], "requestId": "r1"}
        answer = self.client.call("message", frame, namespace="/events", timeout=10)
        assert answer["type"] == "subscribed" and answer["requestId"] == "r1", answer
        self.subscribed += 1

    def texts(self):
        payloads = [f["payload"] for f in self.frames if f["type"] == "event"]
        return [p["data"].get("body") for p in payloads if p["event"] == "message.received"]


@check("python-socketio: joins, subscribes, is answered twice, and hears a message, on each transport")
def transports(world):
    for transports, final in ((["polling"], "polling"), (["websocket"], "websocket"), (None, "websocket")):
        listener = Listener(world, transports)
        until(lambda: listener.subscribed, "subscribed")
        assert any(f["type"] == "subscribed" for f in listener.frames)
        assert listener.client.transport() == final
        text = f"over {transports}"
        world.say(text)
        until(lambda: text in listener.texts(), f"heard on {final}")
        answer = listener.client.call("message", {"type": "subscribe", "sessionId": "*", "events": ["x"]}, namespace="/events")
        assert answer["code"] == "INVALID_EVENTS", answer
        listener.client.disconnect()


@check("python-socketio, asynchronous: the upgrade reuses a connection of its pool, the key is in a header")
def asynchronous(world):
    async def listen():
        heard = asyncio.Queue()
        client = socketio.AsyncClient()
        client.on("message", heard.put, namespace="/events")
        await client.connect(world.base, namespaces=["/events"], headers={"X-API-Key": world.api_key})
        assert client.transport() == "websocket"
        frame = {"type": "subscribe", "sessionId": "*", "events": ["message.received"]}
        await client.call("message", frame, namespace="/events")
        await asyncio.to_thread(world.say, "to the asynchronous one")
        while (await asyncio.wait_for(heard.get(), 30))["type"] != "event":
            pass
        await client.disconnect()

    asyncio.run(listen())


@check("python-socketio: a wrong key is told so and sent away")
def wrong_key(world):
    frames, ends = [], []
    client = socketio.Client(reconnection=False)
    client.on("message", frames.append, namespace="/events")
    client.on("disconnect", lambda *reason: ends.append(reason), namespace="/events")
    client.connect(world.base, namespaces=["/events"], auth={"apiKey": "wrong"})
    until(lambda: ends, "disconnected")
    assert frames[0]["code"] == "UNAUTHORIZED", frames


@check("each kind of message: the row, the webhook and the socket say the same, and files have the same bytes")
def each_kind(world):
    listener = Listener(world, None)
    until(lambda: listener.subscribed, "subscribed")
    side_by_side(world, listener)
    listener.client.disconnect()


@check("python-socketio: an event with bytes in it is refused, and the socket goes on")
def binary(world):
    for transports in (["polling"], ["websocket"]):
        listener = Listener(world, transports)
        until(lambda: listener.subscribed, "subscribed")
        answer = listener.client.call("message", {"type": "ping", "more": b"\x00\xff"}, namespace="/events", timeout=10)
        assert answer["code"] == "INVALID_MESSAGE", answer
        assert listener.client.call("message", {"type": "ping"}, namespace="/events", timeout=10)["type"] == "pong"
        listener.client.disconnect()


class Puller:
    """Reads page after page and survives the server's absence; keeps what it saw and nothing else but its cursor."""

    def __init__(self, world):
        self.world, self.cursor, self.seen, self.stopped = world, "0", [], False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped:
            try:
                page = self.world.call("GET", f"/api/events?after={self.cursor}&wait=5&limit=3")
            except OSError:
                time.sleep(0.05)
                continue
            self.seen += page["events"]
            self.cursor = page["cursor"]


class Streamer:
    """The least that an EventSource is: `id` and `data` lines, and `Last-Event-ID` at the next connection."""

    def __init__(self, world):
        self.world, self.last_id, self.seen, self.connections, self.stopped = world, "0", [], 0, False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped:
            try:
                self._listen()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def _listen(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=60)
        headers = {"X-API-Key": self.world.api_key, "Last-Event-ID": self.last_id, "Accept": "text/event-stream"}
        connection.request("GET", "/api/events/stream", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
        self.connections += 1
        event_id, data = None, ""
        for line in answer:
            line = line.decode().rstrip("\n")
            if line.startswith("id: "):
                event_id = line[4:]
            elif line.startswith("data: "):
                data += line[6:]
            elif line == "":
                if data:
                    self.seen.append(json.loads(data))
                if event_id is not None:
                    self.last_id = event_id
                event_id, data = None, ""


@check("kill -9: a stream and a pull resume from their cursor without a gap or a repetition; a socket comes back")
def resume(world):
    puller, streamer = Puller(world), Streamer(world)
    listener = Listener(world, None)
    until(lambda: listener.subscribed == 1, "subscribed")
    texts = []
    for round in range(3):
        for number in range(4):
            texts.append(f"round {round}, before the kill {number}")
            world.say(texts[-1])
        world.kill()
        # What is said meanwhile waits at WhatsApp.
        texts.append(f"round {round}, while nobody listened")
        world.say(texts[-1])
        world.start()
        world.ready()
        until(lambda: listener.subscribed == round + 2, "the socket subscribed again")
        texts.append(f"round {round}, after the start")
        world.say(texts[-1])
        until(lambda: texts[-1] in listener.texts(), "the socket hears again")
    bodies = lambda events: [e["data"].get("body") for e in events if e["event"] == "message.received"]
    for name, client in (("pull", puller), ("stream", streamer)):
        until(lambda: set(texts) <= set(bodies(client.seen)), f"the {name} has every message")
        cursors = [int(e["cursor"]) for e in client.seen]
        assert cursors == sorted(set(cursors)), f"{name}: repeated or out of order"
        heard = [b for b in bodies(client.seen) if b in texts]
        assert heard == texts, f"{name}: {heard}"
    assert streamer.connections >= 4
    everything = world.call("GET", "/api/events?after=0&limit=1000")["events"]
    for name, client in (("pull", puller), ("stream", streamer)):
        last = int(client.seen[-1]["cursor"])
        expected = [e["id"] for e in everything if int(e["cursor"]) <= last]
        assert [e["id"] for e in client.seen] == expected, f"{name}: not what the log has"
    puller.stopped = streamer.stopped = True
    listener.client.disconnect()


def main():
    failures = 0
    with World(sys.argv[1]) as world:
        for name, function in checks:
            start = time.monotonic()
            try:
                function(world)
                print(f"ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:
                failures += 1
                print(f"FAILED  {name}: {error!r}", flush=True)
    return 1 if failures else 0


sys.exit(main())
