"""A town's app on a port of this machine: for a test or a night as a context manager, for a person until Ctrl-C."""

import asyncio
import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from commonground.config import read_yaml
from commonground.errors import ConfigError, SourceUnavailableError
from commonground.sandbox.server import make_app
from commonground.sandbox.server.faults import TRANSPORTS

HOST = "127.0.0.1"
START_SECONDS = 20


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections a mishap can cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remembers the line."""
        TRANSPORTS[transport.get_extra_info("peername")[:2]] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the line."""
        TRANSPORTS.pop(self.client or ("", 0), None)
        super().connection_lost(exc)


@contextmanager
def serve(town: Path, port: int = 0, faults: str | None = None) -> Iterator[str]:
    """Serves a town while the block runs; yields its address (`http://127.0.0.1:PORT`). Port 0 takes any free one.

    Raises:
        ConfigError: `faults` cannot be read.
        UnreadableError: there is no town in that folder.
        SourceUnavailableError: the port is taken, or the server does not start.
    """
    server, line = _server(town, port, faults), _socket(port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, name="town", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise SourceUnavailableError(f"{town}: its server did not start on {HOST}:{port}")
            time.sleep(0.01)
        yield f"http://{HOST}:{line.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        line.close()


def serve_until_stopped(town: Path, port: int = 0, faults: str | None = None, tell: Callable[[str], None] = print) -> None:
    """Serves a town until interrupted; tells its address first. Same errors as `serve`."""
    server, line = _server(town, port, faults), _socket(port)
    tell(f"http://{HOST}:{line.getsockname()[1]}")
    server.run(sockets=[line])


def connections_for(town: Path, base_url: str) -> dict[str, dict[str, Any]]:
    """conn_id → Airflow connection of the served town; `AIRFLOW_CONN_<CONN_ID>` may be set to its JSON."""
    known: dict[str, dict[str, Any]] = json.loads((town / "config" / "connections.json").read_text(encoding="utf-8"))
    return {name: fields | {"host": base_url.rstrip("/")} for name, fields in known.items()}


def as_of_day(town: Path) -> dt.date:
    """The day a town was built for, from its `config/town.yaml`; raises `ConfigError` if it does not say."""
    path = town / "config" / "town.yaml"
    day = (read_yaml(path) or {}).get("as_of")
    try:
        return dt.date.fromisoformat(str(day))
    except ValueError:
        raise ConfigError(f"{path}: as_of: wants a date, YYYY-MM-DD (it says {day!r})") from None


def _server(town: Path, port: int, faults: str | None) -> uvicorn.Server:
    app = make_app(town, faults)
    config = uvicorn.Config(
        app, HOST, port, log_level="critical", access_log=False, lifespan="off", http=CuttableProtocol, timeout_graceful_shutdown=2
    )
    return uvicorn.Server(config)


def _socket(port: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind((HOST, port))
    except OSError as error:
        line.close()
        raise SourceUnavailableError(f"{HOST}:{port}: {error.strerror}; choose another --port") from None
    return line
