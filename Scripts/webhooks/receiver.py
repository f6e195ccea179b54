"""A web server on the loopback that keeps what is posted to it and answers as it is told."""

import http.server
import threading
import time


class Receiver:
    """Lends a receiver: `with Receiver() as receiver: …`. `answers` are the next statuses; then it answers 200."""

    def __init__(self):
        self.requests, self.answers = [], []

    def __enter__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers.items()), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def wait(self, path, count, seconds=30):
        """The requests to a path, once there are so many: headers and body of each."""
        deadline = time.monotonic() + seconds
        while True:
            found = [(headers, body) for at, headers, body in self.requests if at == path]
            if len(found) >= count:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} got {len(found)} requests instead of {count} within {seconds} s")
            time.sleep(0.02)
