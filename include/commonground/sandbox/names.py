"""`names.yaml` → the name stock of the invented town: people's names with nicknames, employers, jobs, businesses, streets."""

from pathlib import Path

import yaml

_STOCK = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))

GIVEN: dict[str, tuple[str, ...]] = {name: tuple(nicknames) for name, nicknames in _STOCK["given"].items()}
FAMILY: tuple[str, ...] = tuple(_STOCK["family"])
EMPLOYERS: tuple[str, ...] = tuple(_STOCK["employers"])
TITLES: tuple[str, ...] = tuple(_STOCK["titles"])
CREDENTIALS: tuple[str, ...] = tuple(_STOCK["credentials"])
MAIL_DOMAINS: tuple[str, ...] = tuple(_STOCK["mail_domains"])
STREETS: tuple[str, ...] = tuple(_STOCK["streets"])
BUSINESSES: tuple[tuple[str, str], ...] = tuple(_STOCK["businesses"].items())
NEWSPAPER: str = _STOCK["newspaper"]
