"""Every outside system, by its name in `feeds.yaml`: each module in the four family folders brings its `Source` classes."""

import importlib
import inspect
import pkgutil

from commonground.config import FAMILIES
from commonground.sources.base import Item, Page, Record, Refusal, Source, Visit


def _discover() -> dict[str, Source]:
    found: dict[str, Source] = {}
    for family in FAMILIES:
        package = importlib.import_module(f"{__name__}.{family}")
        for module_info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{module_info.name}")
            for _, cls in inspect.getmembers(module, inspect.isclass):
                if issubclass(cls, Source) and cls.__module__ == module.__name__ and "name" in vars(cls):
                    found[cls.name] = cls()
    return dict(sorted(found.items()))


SOURCES: dict[str, Source] = _discover()

__all__ = ["SOURCES", "Item", "Page", "Record", "Refusal", "Source", "Visit"]
