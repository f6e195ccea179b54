"""A simulator and a gateway linked to it, each a process of its own: the gateway can be killed and comes back alone."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

own, budi = "628550000001", "6281234567890"


class World:
    """`with World(openwa) as world: …`. Everything is in a folder of its own, on ports that stay."""

    session = "my-session"
    api_key = "live-checks-key-0123456789abcdef"

    def __init__(self, openwa):
        self._openwa = openwa
        self._gateway = None

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="openwa-live-")
        self.folder = pathlib.Path(self._folder.name)
        ready = self.folder / "simulator.json"
        self._simulator = subprocess.Popen(
            [self._openwa, "simulate", "--port", "0", "--ready-file", ready], stdout=subprocess.DEVNULL)
        until(ready.exists, "the simulator is up")
        self._facts = json.loads(ready.read_text())
        self.control = self._facts["control"]
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        try:
            self.drive("/phones", {"numbers": [own, budi]})
            self.start()
            self._link()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self._gateway, self._simulator):
            if process is not None:
                process.terminate()
                try:
                    process.wait(25)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._folder.cleanup()

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENWA_", "API_"))}
        environment |= {
            "DATA_DIRECTORY": str(self.folder / "data"), "API_MASTER_KEY": self.api_key, "LOG_LEVEL": "error",
            "WHATSAPP_URL": self._facts["ws"], "WHATSAPP_ROOT_KEY": self._facts["rootKey"],
            "WHATSAPP_CA_FILE": self._facts["certificateFile"], "SSRF_ALLOWED_HOSTS": "127.0.0.1",
        }
        self._gateway = subprocess.Popen(
            [self._openwa, "serve", "--port", str(self.port)], env=environment, stdout=subprocess.DEVNULL)
        until(lambda: self._answers(), "the gateway answers")

    def kill(self):
        """As a power switch would."""
        self._gateway.send_signal(signal.SIGKILL)
        self._gateway.wait()

    def _answers(self):
        if self._gateway.poll() is not None:
            raise RuntimeError("the gateway ended by itself")
        try:
            return self.call("GET", "/api/health/live")["status"] == "ok"
        except (urllib.error.URLError, ConnectionError):
            return False

    def _link(self):
        self.call("POST", "/api/sessions", {"name": self.session})
        self.call("POST", f"/api/sessions/{self.session}/start")
        until(lambda: self.status() == "qr_ready", "the session shows a QR code")
        code = self.call("GET", f"/api/sessions/{self.session}/qr")["qr"]
        self.drive("/scan", {"qr": code, "phone": own})
        self.ready()

    def status(self):
        return self.call("GET", f"/api/sessions/{self.session}")["status"]

    def ready(self):
        until(lambda: self.status() == "ready", "the session is ready")

    def call(self, method, path, body=None):
        return fetch(method, self.base + path, body, {"X-API-Key": self.api_key})

    def drive(self, path, body=None):
        return fetch("POST", self.control + path, body or {}, {})

    def say(self, text):
        self.drive(f"/phones/{budi}/say", {"to": own, "type": "text", "text": text})


def fetch(method, url, body, headers):
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=90) as answer:
        content = answer.read()
        return json.loads(content) if content else None


def until(condition, what, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
