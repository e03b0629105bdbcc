"""Finding a user's adapter: `module:Class`, imported as the user's own program would import it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from lockpact.core.pact import Pact
from lockpact.driving.driver import implements

__all__ = ["InvalidAdapter", "load_adapter"]


class InvalidAdapter(ValueError):
    """The adapter cannot be had; the text says what was wrong, where, and what to do."""


def load_adapter(name: str, pact: Pact) -> Any:
    """The class that `module:Class` names. The working directory is on the path, as pytest's rootdir is.

    Call it inside `virtual_time()`: what a module binds by `from time import …` at its import, it keeps.
    Raises InvalidAdapter.
    """
    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise InvalidAdapter(f"{name!r} names no adapter; write module:Class, as my_adapter:MyAdapter")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and (module_name + ".").startswith(missing.name + "."):
            raise InvalidAdapter(f"there is no module {module_name!r}; looked in {here} and on Python's path") from None
        raise InvalidAdapter(f"{module_name} imports {missing.name!r}, which is not installed here") from missing
    except Exception as broken:
        raise InvalidAdapter(f"{module_name} fails at its import: {type(broken).__name__}: {broken}") from broken
    adapter: Any = module
    for part in class_name.split("."):
        adapter = getattr(adapter, part, None)
    if adapter is None:
        have = [
            n for n, thing in vars(module).items() if isinstance(thing, type) and thing.__module__ == module.__name__
        ]
        raise InvalidAdapter(f"{module_name} has no {class_name!r}; it has {', '.join(have) or 'no class at all'}")
    if not callable(adapter):
        raise InvalidAdapter(f"{name} is no class; an adapter is a class that is made with a lockpact.Site")
    if not any(implements(pact, adapter, method) for method in pact.methods()):
        raise InvalidAdapter(
            f"{name} has none of the methods of {pact.port.__name__}, so there is nothing to drive; "
            f"it may have: {', '.join(pact.methods())}"
        )
    return adapter
