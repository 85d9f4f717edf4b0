"""The night's steps without Airflow: for trying, testing and measuring.

Every command prints one JSON object as its last line (`tag`: one a line) and exits 0 on success, 1 on failure with one line
on stderr, 2 on wrong use. Progress goes to stderr.
"""

import argparse
import datetime as dt
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commonground.config import DEFAULT_CONFIG, CredentialResolver, Credentials, Settings, credentials_from_environment, load_settings
from commonground.errors import CommonGroundError

Answer = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """The `commonground` command; returns its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        answer = arguments.run(arguments)
    except CommonGroundError as error:
        print(f"commonground: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if answer is not None:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="commonground", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], Answer | None], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def folders(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="data folder (default: data)")
        sub.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="DIR", help="settings folder")

    nightly = command("nightly", _nightly, "Load every feed, enrich, publish.")
    folders(nightly)
    nightly.add_argument("--town", type=Path, metavar="DIR", help="a sandbox town: data, settings and APIs of its own")
    nightly.add_argument("--as-of", type=_date, metavar="DATE", help="the day it counts as, YYYY-MM-DD (default: today in the market)")
    nightly.add_argument("--full-refresh", action="store_true", help="read every API from the beginning")

    read = command("read", _read, "Read one export or saved answer of an outside system.")
    read.add_argument("source", type=_source, metavar="SOURCE")
    read.add_argument("path", type=Path, metavar="PATH")
    read.add_argument("--out", type=Path, metavar="DIR", help="write records and quarantine as Parquet here")

    replicate = command("replicate", _replicate, "Load one feed, incrementally.")
    folders(replicate)
    replicate.add_argument("feed", metavar="FEED")
    replicate.add_argument("--full-refresh", action="store_true", help="ask for everything again instead of for what changed")

    tag = command("tag", _tag, 'Interests in texts: NDJSON {"id","text"} in, NDJSON out; or Parquet (text) in, Parquet out.')
    tag.add_argument("texts", type=Path, nargs="?", metavar="IN.parquet")
    tag.add_argument("--out", type=Path, metavar="OUT.parquet", help="a row per interest, with the row of its text from 0")

    link = command("link", _link, "Who is who among person records.")
    link.add_argument("people", type=Path, metavar="IN.parquet")
    link.add_argument("--out", type=Path, required=True, metavar="OUT.parquet")

    paths = command("paths", _paths, "Best referral paths from agents to prospects.")
    for name in ("ties", "agents", "prospects", "out"):
        paths.add_argument(f"--{name}", type=Path, required=True, metavar=f"{name[0].upper()}.parquet")
    paths.add_argument("--max-hops", type=_hops, default=3)

    erase = command("erase", _erase, "Forget a person everywhere, for good.")
    folders(erase)
    who = erase.add_mutually_exclusive_group(required=True)
    who.add_argument("--email")
    who.add_argument("--phone")
    who.add_argument("--contact", metavar="ID")
    erase.add_argument("--dry-run", action="store_true", help="say what would be erased")

    sandbox = commands.add_parser("sandbox", help="An invented town to try everything on.")
    kinds = sandbox.add_subparsers(dest="sandbox_command", required=True, metavar="build|serve")
    build = kinds.add_parser("build", help="Write a town: exports, settings, truth.")
    build.set_defaults(run=_sandbox_build)
    build.add_argument("--people", type=int, required=True)
    build.add_argument("--seed", type=int, required=True)
    build.add_argument("--as-of", type=_date, metavar="DATE")
    build.add_argument("--out", type=Path, required=True)
    build.add_argument(
        "--noise", choices=("light", "usual", "heavy", "crowded"), default="usual", help="how carelessly people are written down"
    )
    serve = kinds.add_parser("serve", help="Serve the vendors' APIs of a town.")
    serve.set_defaults(run=_sandbox_serve)
    serve.add_argument("--town", type=Path, required=True)
    serve.add_argument("--port", type=int, default=8099)
    serve.add_argument("--faults", metavar="SPEC", help="for example 503:0.05,429:0.02,truncate:0.01")
    return parser


def today_in(settings: Settings) -> dt.date:
    """Today in the market's time zone."""
    return dt.datetime.now(ZoneInfo(settings.market.time_zone)).date()


def _nightly(arguments: argparse.Namespace) -> Answer:
    from commonground.engine import Night, new_run_id
    from commonground.stages import run_night

    town: Path | None = arguments.town
    data = town / "data" if town else arguments.data
    settings = load_settings(town / "config" if town else arguments.config)
    serving: Any = nullcontext()
    if town:
        from commonground.sandbox import serve

        serving = serve(town)
    with serving as base_url:
        resolve = _town_credentials(town, base_url) if town else credentials_from_environment
        as_of = arguments.as_of or (_town_day(town) if town else None) or today_in(settings)
        night = Night(data, settings, new_run_id(), as_of)
        report = run_night(night, resolve, is_full_refresh=arguments.full_refresh, tell=_tell)
    return report | {"as_of": as_of.isoformat(), "published": str(night.published)}


def _town_credentials(town: Path, base_url: str) -> CredentialResolver:
    from commonground.errors import CredentialsError
    from commonground.sandbox import connections_for

    known = connections_for(town, base_url)

    def resolve(connection: str) -> Credentials:
        if connection not in known:
            raise CredentialsError(f"the town has no connection {connection!r}; it has: {', '.join(sorted(known))}")
        fields = known[connection]
        return Credentials(
            host=fields.get("host"), login=fields.get("login"), password=fields.get("password"), extra=fields.get("extra") or {}
        )

    return resolve


def _town_day(town: Path) -> dt.date | None:
    """The day a town was built for."""
    from commonground.sandbox import as_of_day

    return as_of_day(town)


def _read(arguments: argparse.Namespace) -> Answer:
    from commonground.load import read_export

    return read_export(arguments.source, arguments.path, arguments.out, dt.datetime.now(dt.UTC))


def _replicate(arguments: argparse.Namespace) -> Answer:
    from commonground.engine import Night, new_run_id
    from commonground.load import load_feed

    settings = load_settings(arguments.config)
    night = Night(arguments.data, settings, new_run_id("replicate"), today_in(settings))
    report = load_feed(night, settings.feed(arguments.feed), credentials_from_environment, is_full_refresh=arguments.full_refresh)
    return {
        "pages": report.pages, "read": report.rows_read, "accepted": report.rows_accepted, "quarantined": report.rows_quarantined,
        "deleted": report.rows_deleted, "unchanged": report.rows_unchanged, "watermark": report.watermark,
    }  # fmt: skip


def _tag(arguments: argparse.Namespace) -> Answer | None:
    from commonground.interests.ndjson import tag_ndjson
    from commonground.interests.tagger import Tagger

    if (arguments.texts is None) != (arguments.out is None):
        raise CommonGroundError("tag: expected IN.parquet and --out OUT.parquet, or neither and NDJSON on stdin")
    if arguments.texts is not None:
        from commonground.interests.batches import tag_parquet

        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        return {"texts": tag_parquet(Tagger(), arguments.texts, arguments.out), "out": str(arguments.out)}
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in tag_ndjson(sys.stdin):
        print(line)
    return None


def _link(arguments: argparse.Namespace) -> Answer:
    import pyarrow.parquet as pq

    from commonground.identity.link import link

    linked = link(_parquet(arguments.people))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(linked, arguments.out)
    return {"records": linked.num_rows, "contacts": len(set(linked["contact_id"].to_pylist())), "out": str(arguments.out)}


def _paths(arguments: argparse.Namespace) -> Answer:
    from commonground.network.paths import best_paths

    for path in (arguments.ties, arguments.agents, arguments.prospects):
        if not path.exists():
            raise CommonGroundError(f"{path}: no such file; expected Parquet")
    count = best_paths(arguments.ties, arguments.agents, arguments.prospects, arguments.out, arguments.max_hops)
    return {"paths": count, "out": str(arguments.out)}


def _erase(arguments: argparse.Namespace) -> Answer:
    from commonground.privacy.erase import erase

    settings = load_settings(arguments.config)
    who = {"email": arguments.email, "phone": arguments.phone, "contact": arguments.contact}
    return erase(arguments.data, settings, is_dry_run=arguments.dry_run, **who)


def _sandbox_build(arguments: argparse.Namespace) -> Answer:
    from commonground import sandbox

    return sandbox.build(arguments.people, arguments.seed, arguments.out, as_of=arguments.as_of, noise=arguments.noise)


def _sandbox_serve(arguments: argparse.Namespace) -> Answer:
    from commonground import sandbox

    sandbox.serve_until_stopped(arguments.town, arguments.port, arguments.faults, tell=_tell)
    return {"served": str(arguments.town)}


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise CommonGroundError(f"{path}: not readable as Parquet ({str(error).splitlines()[0]})") from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


def _hops(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 6:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 1 to 6")
    return int(text)


def _source(text: str) -> str:
    from commonground.sources import SOURCES

    if text not in SOURCES:
        raise argparse.ArgumentTypeError(f"{text!r} is no source; expected one of: {', '.join(SOURCES)}")
    return text


if __name__ == "__main__":
    sys.exit(main())
