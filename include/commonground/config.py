"""The team's YAML in `config/` → typed, checked settings.

`market.yaml` (town, team), `feeds.yaml` (what to read), `policy.yaml` (classes, thresholds, terms). A bad file gives one
`ConfigError` that names file, key and what it wants. Secrets never stand here: a feed names a *connection*, and
credentials come from Airflow Connections, or for the command line from the same `AIRFLOW_CONN_*` variables.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from commonground.errors import ConfigError, CredentialsError

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "config"
Family = Literal["contacts", "mls", "social", "reviews"]
ModelT = TypeVar("ModelT", bound=BaseModel)
FAMILIES: tuple[Family, ...] = ("contacts", "mls", "social", "reviews")
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agent(_Strict):
    """A team member. `agent_id` is used in every table; the rest lets records find them."""

    agent_id: Name
    name: str
    emails: list[str] = []
    phones: list[str] = []
    urls: list[str] = []
    mls_ids: list[str] = []
    about: list[str] = Field(default=[], description="What they say of themselves, each a sentence that may be quoted.")


class ServiceArea(_Strict):
    """Where the team works: a postal code or town in the lists, or within `radius_km` of the centre."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    radius_km: float = Field(gt=0, le=1000)
    cities: list[str] = []
    postal_codes: list[str] = []


class Market(_Strict):
    """`market.yaml`."""

    name: str
    time_zone: str
    state: str
    country: str = "US"
    service_area: ServiceArea
    agents: list[Agent] = Field(min_length=1)
    schools: list[str] = []
    neighborhoods: list[str] = []

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("wants an IANA time zone such as America/Los_Angeles") from None
        return value


class Feed(_Strict):
    """One entry of `feeds.yaml`: a source, where it is, whose it is."""

    name: Name
    source: str
    path: str | None = Field(default=None, description="File, folder or zip under the data folder (exports).")
    url: str | None = Field(default=None, description="Address, or a path under the connection's host (APIs).")
    connection: str | None = Field(default=None, description="Airflow Connection that holds the credentials.")
    owner: str | None = Field(default=None, description="agent_id whose book or account it is.")
    is_enabled: bool = True
    ttl_hours: float | None = Field(default=None, gt=0, description="Forget its content after this long.")
    options: dict[str, Any] = Field(default={}, description="What only this source understands; see docs/sources.md.")

    @model_validator(mode="after")
    def _has_a_place(self) -> "Feed":
        if self.source != "team" and not (self.path or self.url or self.connection):
            raise ValueError("wants a path (an export), or a url or a connection (an API)")
        return self


class SegmentPolicy(_Strict):
    """Thresholds that decide the three groups; every score is 0 to 1."""

    now_score: float = Field(default=0.5, ge=0, le=1)
    evangelist_tie_strength: float = Field(default=0.3, ge=0, le=1)
    today_rows: int = Field(default=15, ge=1, le=100)
    cadence_days: dict[str, int] = {"now": 3, "later": 90, "evangelist": 45, "unplaced": 180}
    review_quarantine_share: float = Field(default=0.25, ge=0, le=1)
    review_volume_drop: float = Field(default=0.5, ge=0, le=1)


class SourceTerms(_Strict):
    """What a source's terms allow, and for how long its content may stay."""

    purposes: list[Literal["identity", "interests", "network", "signals", "reviews", "aggregate"]]
    ttl_hours: float | None = Field(default=None, gt=0)


class InterestPolicy(_Strict):
    """Classes by interest kind and by interest id; an interest's own entry wins over its kind."""

    restricted_kinds: list[str] = ["military", "school"]
    restricted_interests: list[str] = []
    denied: list[str] = []


class Policy(_Strict):
    """`policy.yaml`."""

    segments: SegmentPolicy = SegmentPolicy()
    interests: InterestPolicy = InterestPolicy()
    sources: dict[str, SourceTerms] = {}
    storage_version: str = "v1.0.0"
    builds_kept: int = Field(default=7, ge=1)


class _FeedsFile(_Strict):
    feeds: list[Any]


class Settings(_Strict):
    """Everything a night needs to know. `broken_feeds` are entries of feeds.yaml that cannot be used: name -> complaint."""

    folder: Path
    market: Market
    feeds: list[Feed]
    policy: Policy
    broken_feeds: dict[str, str] = {}

    @property
    def interests_folder(self) -> Path:
        """The team's own taxonomy folder, or the one that ships with the project."""
        own = self.folder / "interests"
        return own if own.is_dir() else DEFAULT_CONFIG / "interests"

    def feed(self, name: str) -> Feed:
        """The feed of that name; raises `ConfigError` that lists the known ones."""
        for feed in self.feeds:
            if feed.name == name:
                return feed
        if name in self.broken_feeds:
            raise ConfigError(self.broken_feeds[name])
        known = ", ".join(sorted(feed.name for feed in self.feeds))
        raise ConfigError(f"feeds.yaml has no feed {name!r}; it has: {known}")


def load_settings(folder: Path) -> Settings:
    """Reads and checks the three files of a config folder.

    Raises:
        ConfigError: a file is missing, is no YAML, or holds a key or value it must not.
    """
    market = _load(folder / "market.yaml", Market)
    policy_file = folder / "policy.yaml"
    policy = _load(policy_file if policy_file.exists() else DEFAULT_CONFIG / "policy.yaml", Policy)
    feeds, broken = _feeds(folder / "feeds.yaml", {agent.agent_id for agent in market.agents})
    return Settings(folder=folder, market=market, feeds=feeds, policy=policy, broken_feeds=broken)


def _feeds(path: Path, agents: set[str]) -> tuple[list[Feed], dict[str, str]]:
    """The usable entries (the team itself first), and the complaint about each other one: they must not stop their neighbours."""
    feeds = {"team": Feed(name="team", source="team")}
    broken: dict[str, str] = {}
    for number, entry in enumerate(_load(path, _FeedsFile).feeds, start=1):
        name = entry["name"] if isinstance(entry, dict) and isinstance(entry.get("name"), str) else f"feed_{number}"
        try:
            feed = Feed.model_validate(entry)
            if feed.name in feeds:
                raise ConfigError(f"name: {feed.name!r} is taken; every feed wants its own")
            if feed.owner is not None and feed.owner not in agents:
                raise ConfigError(f"owner: {feed.owner!r} is no agent_id of market.yaml ({', '.join(sorted(agents))})")
            feeds[feed.name] = feed
        except (ValidationError, ConfigError) as error:
            complaint = _first_complaint(error) if isinstance(error, ValidationError) else str(error)
            key = name if name not in feeds else f"{name}_{number}"
            broken[key] = f"{path}: feed {name!r}: {complaint}"
    return list(feeds.values()), broken


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises `ConfigError` naming file and line when it cannot be read."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such settings file") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not readable as YAML ({getattr(error, 'problem', None) or error})") from None


def _load(path: Path, model: type[ModelT]) -> ModelT:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_complaint(error)}") from None


def _first_complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    known = sorted(Feed.model_fields) if error.title == "Feed" else []
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{key}: no such key; known: {', '.join(known)}" if known else f"{key}: no such key"
    given = "" if isinstance(first["input"], (dict, list)) else f" (it says {first['input']!r})"
    more = f"; and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"{key}: {first['msg'].removeprefix('Value error, ')}{given}{more}"


class Credentials(BaseModel):
    """What a source needs to let us in. Never printed: `repr` shows the host only."""

    model_config = ConfigDict(frozen=True)

    host: str | None = None
    login: str | None = Field(default=None, repr=False)
    password: str | None = Field(default=None, repr=False)
    extra: Mapping[str, Any] = Field(default={}, repr=False)


CredentialResolver = Callable[[str], Credentials]


def credentials_from_environment(connection: str) -> Credentials:
    """Credentials of a connection out of `AIRFLOW_CONN_<ID>`, in Airflow's JSON or URI form.

    Raises:
        CredentialsError: the variable is not set or cannot be read.
    """
    variable = f"AIRFLOW_CONN_{connection.upper()}"
    value = os.environ.get(variable)
    if not value:
        raise CredentialsError(f"no credentials for connection {connection!r}: set {variable} (JSON: host, login, password, extra)")
    if value.lstrip().startswith("{"):
        try:
            fields = json.loads(value)
            extra = fields.get("extra") or {}
            return Credentials(
                host=_with_port(fields.get("host"), fields.get("port"), fields.get("schema")),
                login=fields.get("login"),
                password=fields.get("password"),
                extra=json.loads(extra) if isinstance(extra, str) else extra,
            )
        except (ValueError, AttributeError):
            raise CredentialsError(f"{variable} is not the JSON of a connection (host, login, password, extra)") from None
    parts = urlsplit(value)
    scheme = parts.scheme if parts.scheme in ("http", "https") else "https"
    host = f"{scheme}://{parts.hostname}" if parts.hostname else None
    return Credentials(
        host=_with_port(host, parts.port),
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _with_port(host: str | None, port: int | str | None, schema: str | None = None) -> str | None:
    if host and "://" not in host:
        host = f"{schema or 'https'}://{host}"
    return f"{host}:{port}" if host and port and not urlsplit(host).port else host
