"""Receive what hooks send: an HTTP server on 8025, and what curl needs of a mail server on 2525. Each message is a line."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


def _say(text: str) -> None:
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


class _Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        _say(f"{self.path} {self.headers.get('Title', '')} {body.decode()}")
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_args: object) -> None:
        """Silence."""


class _Mail(StreamRequestHandler):
    def handle(self) -> None:
        self._answer("220 sink")
        for line in self.rfile:
            word = line.split(b":")[0].split()[0].upper()
            if word == b"DATA":
                self._answer("354 go on")
                for text in iter(self.rfile.readline, b".\r\n"):
                    _say(text.decode().rstrip())
            self._answer("221 bye" if word == b"QUIT" else "250 well")
            if word == b"QUIT":
                return

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


if __name__ == "__main__":
    mail = ThreadingTCPServer(("127.0.0.1", 2525), _Mail)
    Thread(target=mail.serve_forever, daemon=True).start()
    web = HTTPServer(("127.0.0.1", 8025), _Web)
    _say("ready")
    web.serve_forever()
