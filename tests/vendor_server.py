"""A vendor's server on this machine: a function of the request, served over real HTTP, every request remembered."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """What to answer; `body` is sent as JSON unless it is bytes. `cut` sends only that many bytes and hangs up.

    `is_chunked` sends it in pieces without a length; `is_old_http` as HTTP/1.0, which ends where the line does.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    is_zipped: bool = False
    is_chunked: bool = False
    is_old_http: bool = False


@dataclass
class VendorServer:
    """Where it listens, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[VendorServer]:
    """Serves `answer` on a free port of 127.0.0.1 for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait forty milliseconds

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, self.path, dict(parse_qsl(parts.query)), self.headers, body)
            server.asked.append(asked)
            reply = answer(asked)
            content = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else json.dumps(reply.body).encode()
            headers = {"Content-Type": "application/json", **reply.headers}
            if reply.is_zipped:
                content, headers["Content-Encoding"] = gzip.compress(content), "gzip"
            self.protocol_version = "HTTP/1.0" if reply.is_old_http else "HTTP/1.1"
            self.send_response_only(reply.status)
            headers.setdefault("Date", self.date_time_string())
            for name, value in headers.items():
                self.send_header(name, value)
            if reply.is_chunked:
                self.send_header("Transfer-Encoding", "chunked")
                pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
                content = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
            elif reply.is_old_http:
                self.close_connection = True
            elif reply.status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if reply.cut is None else content[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815 (the names http.server calls)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = VendorServer(f"http://127.0.0.1:{httpd.server_port}/v1/")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
