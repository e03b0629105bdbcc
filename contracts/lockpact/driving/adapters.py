"""Load a user's adapter, `module:Class`, as the user's own program would import it."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact
from lockpact.driving.driver import implements

__all__ = ["InvalidAdapter", "check_signatures", "load_adapter"]


_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


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


def check_signatures(adapter: Any, pact: Pact) -> None:
    """Raise CouldNotRun if the port's arguments cannot be passed, by position, to a method of the adapter."""
    for method in pact.methods():
        if not implements(pact, adapter, method):
            continue
        passed = list(inspect.signature(getattr(pact.port, method)).parameters)[1:]
        signature = inspect.signature(getattr(adapter, method))
        bound = isinstance(inspect.getattr_static(adapter, method), staticmethod | classmethod)
        if wrong := _mismatch(passed, list(signature.parameters.values())[0 if bound else 1 :]):
            raise CouldNotRun(
                f"{adapter.__qualname__}.{method}{signature} does not fit the port, which passes ({', '.join(passed)}) by "
                f"position: {wrong}"
            )


def _mismatch(passed: list[str], parameters: list[inspect.Parameter]) -> str:
    """Return what does not fit, with the parameter's name; an empty text if all fits."""
    names = [p.name for p in parameters if p.kind in _BY_POSITION]
    if len(names) < len(passed) and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        lacking = [name for name in passed if name not in names] if set(names) <= set(passed) else passed[len(names) :]
        return f"it takes no `{lacking[0]}`"
    for name, place in zip(names, passed, strict=False):
        if name != place and name in passed:
            return f"its `{name}` is where the port passes `{place}`"
    required = [p.name for p in parameters if p.default is p.empty and p.kind in (*_BY_POSITION, p.KEYWORD_ONLY)]
    more = [name for name in required if name not in names[: len(passed)]]
    return f"nothing is passed for its `{more[0]}`" if more else ""
