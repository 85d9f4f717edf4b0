"""Replication from an OData server by other hands (odatapy): rows equal after the first load, after changes, after deletions."""

import contextlib
import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from odatapy.data import Entity, ValueType
from odatapy.edm.csdl import (
    CsdlAbstractEdmProvider,
    CsdlEntityContainer,
    CsdlEntitySet,
    CsdlEntityType,
    CsdlProperty,
    CsdlPropertyRef,
    CsdlSchema,
)
from odatapy.server import OData
from odatapy.server.adapters import ODataWSGIApp
from odatapy.server.inmemory import InMemoryDataStore, InMemoryProcessor

import replicating
from commonground.config import Credentials, Feed
from commonground.load import LoadReport, load_feed
from nights import write_config
from towns import commonground

TYPES = {
    "ListingKey": "Edm.String",
    "StandardStatus": "Edm.String",
    "ListPrice": "Edm.Double",
    "ModificationTimestamp": "Edm.DateTimeOffset",
}
STATUSES = ("Active", "ActiveUnderContract", "Active_Under_Contract", "b__436f6d696e6720536f6f6e", "Pending", "Closed", "Withdrawn")
READ_AS = ("Active", "Active Under Contract", "Active Under Contract", "Coming Soon", "Pending", "Closed", "Withdrawn")
BEGIN = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


class Provider(CsdlAbstractEdmProvider):
    """The model: a Property, nothing else, so that the other resources are missing."""

    def get_schemas(self) -> list[CsdlSchema]:
        listing = CsdlEntityType(
            name="Property",
            key=[CsdlPropertyRef(name="ListingKey")],
            properties=[
                CsdlProperty(name=name, type=type_, precision=3 if type_ == "Edm.DateTimeOffset" else None) for name, type_ in TYPES.items()
            ]
            + [CsdlProperty(name="CloseDate", type="Edm.Date")],
        )
        container = CsdlEntityContainer(name="Mls", entity_sets=[CsdlEntitySet(name="Property", type="Town.Property")])
        return [CsdlSchema(namespace="Town", entity_types=[listing], entity_container=container)]


class Peer:
    """The rows, and the server over them."""

    def __init__(self) -> None:
        self.homes: dict[str, tuple[float, int, dt.datetime]] = {}
        self.store = InMemoryDataStore()
        odata = OData.new_instance()
        handler = odata.create_handler(odata.create_service_metadata(Provider()))
        handler.register(InMemoryProcessor(self.store))
        self.app = ODataWSGIApp(handler, mount_path="/odata")

    def put(self, key: str, price: float, status: int, at: dt.datetime) -> None:
        self.homes[key] = (price, status, at)

    def publish(self) -> None:
        entities = []
        for key, (price, status, at) in self.homes.items():
            entity = Entity()
            closed = dt.date(2026, 5, 1) if READ_AS[status] == "Closed" else None
            values = {
                "ListingKey": key,
                "ListPrice": price,
                "StandardStatus": STATUSES[status],
                "ModificationTimestamp": at,
                "CloseDate": closed,
            }
            for name, value in values.items():
                entity.set_property(name, value, ValueType.PRIMITIVE, TYPES.get(name, "Edm.Date"))
            entities.append(entity)
        self.store.set_entities("Property", entities)

    def rows(self) -> dict[str, tuple[Any, ...]]:
        return {key: (price, READ_AS[status], at) for key, (price, status, at) in self.homes.items()}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(peer: Peer) -> Iterator[str]:
    with make_server("127.0.0.1", 0, peer.app, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/odata/"
        server.shutdown()


@pytest.fixture
def peer() -> Peer:
    peer = Peer()
    for number in range(130):  # forty share the first moment, more than a page holds
        peer.put(f"K{number:04d}", 1000.0 + number, number % len(STATUSES), BEGIN + dt.timedelta(minutes=max(0, number - 40)))
    peer.publish()
    return peer


def test_rows_are_equal_after_the_first_load_and_after_changes(peer: Peer, tmp_path: Path) -> None:
    with serving(peer) as url:

        def visit(run_id: str) -> LoadReport:
            feed = Feed(name="mls", source="reso", url=url, options={"page_size": 30, "per_second": 0})
            return load_feed(replicating.night(tmp_path, run_id), feed, lambda _: Credentials())

        first = visit("run1")
        assert replicating.stored(tmp_path) == peer.rows()
        assert first.rows_read == first.rows_accepted == 130
        assert set(replicating.checkpoint(tmp_path)["missing"]) == {"Member", "Office", "OpenHouse"}

        later = BEGIN + dt.timedelta(days=1)
        for number in range(0, 70, 2):
            peer.put(f"K{number:04d}", 5000.0 + number, (number + 1) % len(STATUSES), later + dt.timedelta(milliseconds=number))
        for number in (3, 5, 129):
            del peer.homes[f"K{number:04d}"]
        peer.put("K9999", 1.5, 0, later)
        peer.publish()
        second = visit("run2")
        assert replicating.stored(tmp_path) == peer.rows()
        assert second.rows_deleted == 3

        third = visit("run3")
        assert (third.rows_accepted, third.rows_deleted) == (0, 0)
        assert replicating.stored(tmp_path) == peer.rows()


def test_the_command_replicates_any_server_with_a_plain_profile(peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(peer) as url:
        feeds = (
            f"feeds: [{{name: mls, source: reso, connection: peer, url: {url}, options: {{per_second: 0, resources: [Property, Member]}}}}]"
        )
        config, data = write_config(tmp_path / "config", feeds), tmp_path / "data"
        monkeypatch.setenv("AIRFLOW_CONN_PEER", json.dumps({"password": "a-token-for-the-peer"}))
        code, answer, said = commonground("replicate", "mls", "--data", data, "--config", config)
    assert code == 0, said
    assert {"pages", "read", "accepted", "quarantined", "deleted", "watermark"} <= set(answer)
    assert (answer["read"], answer["accepted"], answer["deleted"]) == (130, 130, 0)
    assert replicating.stored(tmp_path) == peer.rows()
