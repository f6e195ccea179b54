"""A fresh playground: the program started as a user would, its address and key read from what it prints, and its phones."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request


class Playground:
    """Lends one playground: `with Playground(openwa) as playground: …`. Everything it keeps is in a folder of its own."""

    session = "my-session"
    own_number = "628550000001"

    def __init__(self, openwa, environment=None):
        self._openwa = openwa
        self._environment = environment or {}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="openwa-seed-")
        self.folder = pathlib.Path(self._folder.name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENWA_", "API_"))}
        environment |= {"DATA_DIRECTORY": str(self.folder / "data")} | self._environment
        self._process = subprocess.Popen(
            [self._openwa, "serve", "--playground", "--port", "0"], cwd=self.folder, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        printed = []
        try:
            self._read_address(printed)
        except Exception as error:
            self._process.kill()
            raise RuntimeError("the playground did not start:\n" + "".join(printed)) from error
        threading.Thread(target=self._process.stdout.read, daemon=True).start()
        return self

    def _read_address(self, printed):
        patterns = {
            "base": r'export BASE="(.*)"', "api_key": r'export API_KEY="(.*)"',
            "control": r"phones are driven at (http\S+)",
        }
        found = {}
        timer = threading.Timer(60, self._process.kill)
        timer.start()
        for line in self._process.stdout:
            printed.append(line)
            for name, pattern in patterns.items():
                if match := re.search(pattern, line):
                    found[name] = match[1]
            if len(found) == len(patterns):
                break
        timer.cancel()
        self.base, self.api_key, self.control = found["base"], found["api_key"], found["control"]

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._folder.cleanup()

    @property
    def pid(self):
        return self._process.pid

    @property
    def messages(self):
        return f"/sessions/{self.session}/messages"

    # The API, as a client that was written for it would use it

    def call(self, method, path, body=None, key=None, headers=None, data=None):
        """Status and parsed body. `key=""` sends none."""
        headers = dict(headers or {})
        key = self.api_key if key is None else key
        if key:
            headers["X-API-Key"] = key
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, parsed(answer.read())
        except urllib.error.HTTPError as answer:
            return answer.code, parsed(answer.read())

    def send(self, route, body, **options):
        return self.call("POST", f"{self.messages}/{route}", body, **options)

    # The phones

    def drive(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.control + path, data=data, method=method, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return parsed(answer.read())

    def inbox(self, number, after=0, wait_seconds=0):
        return self.drive("GET", f"/phones/{number}/inbox?after={after}&limit=1000&waitSeconds={wait_seconds}")

    def shown(self, number, message_id, until=lambda message: True, seconds=20):
        """What a phone shows of one message, as soon as it fulfils a condition."""
        bare = message_id.split("_")[2]
        deadline = time.monotonic() + seconds
        while True:
            for message in self.inbox(number)["messages"]:
                if message["id"] == bare and until(message):
                    return message
            if time.monotonic() > deadline:
                raise AssertionError(f"phone {number} does not show message {bare} as expected within {seconds} s")
            time.sleep(0.05)

    def violations(self):
        return self.drive("GET", "/violations")


def parsed(data):
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data
