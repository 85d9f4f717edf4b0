"""Processes that start with everything loaded: without what takes a process ten seconds to import, without threads, without the test runner."""

import contextlib
import multiprocessing
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path


@cache
def _context() -> ForkServerContext:
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["loaded"])
    return context


@contextlib.contextmanager
def _without_runner() -> Iterator[None]:
    runner, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = runner


def start(target: Callable[..., object], *arguments: object, daemon: bool = False) -> ForkServerProcess:
    """A started process that calls a function of a module."""
    process = _context().Process(target=target, args=arguments, daemon=daemon)
    with _without_runner():
        process.start()
    return process


def run_command(arguments: Sequence[str], folder: str, environment: dict[str, str], said: str) -> None:
    """The command line in a started process: its output goes to files in a folder."""
    from commonground import cli

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{said}/{name}", os.O_WRONLY | os.O_CREAT), number)
    sys.exit(cli.main(list(arguments)))
