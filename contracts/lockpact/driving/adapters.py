"""Load a user's adapter, `module:Class`, as the user's own program would import it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from lockpact.core.pact import Pact
from lockpact.driving.driver import implements

__all__ = ["InvalidAdapter", "load_adapter"]


class InvalidAdapter(ValueError):
    """The adapter cannot be used. The text says what is wrong, where, and what to do."""


def load_adapter(name: str, pact: Pact) -> Any:
    """Import the class that `module:Class` names. The working directory is on the path, as pytest's rootdir is.

    Call it inside `virtual_time()`: a module keeps what it binds by `from time import …` when it is imported.
    Raises InvalidAdapter.
    """
    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise InvalidAdapter(f"invalid adapter {name!r}; write module:Class, for example my_adapter:MyAdapter")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and (module_name + ".").startswith(missing.name + "."):
            raise InvalidAdapter(f"there is no module {module_name!r} in {here} or on Python's path") from None
        raise InvalidAdapter(f"{module_name} imports {missing.name!r}, which is not installed here") from missing
    except Exception as broken:
        raise InvalidAdapter(f"{module_name} fails at import: {type(broken).__name__}: {broken}") from broken
    adapter: Any = module
    for part in class_name.split("."):
        adapter = getattr(adapter, part, None)
    if adapter is None:
        classes = [
            n for n, value in vars(module).items() if isinstance(value, type) and value.__module__ == module.__name__
        ]
        raise InvalidAdapter(f"{module_name} has no {class_name!r}; its classes: {', '.join(classes) or 'none'}")
    if not callable(adapter):
        raise InvalidAdapter(f"{name} is not a class; an adapter is a class constructed with a lockpact.Connection")
    if not any(implements(pact, adapter, method) for method in pact.methods()):
        raise InvalidAdapter(
            f"{name} has none of the methods of {pact.port.__name__}, so there is nothing to drive; "
            f"possible methods: {', '.join(pact.methods())}"
        )
    return adapter
