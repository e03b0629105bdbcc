"""Write `locksim/inprocess/vendors.py`: typed handles, from the vendors' tables of actions. Run by `make generate`.

python -m tests.authoring.make_handles
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from locksim import registry
from locksim.engine.vendor import Vendor

FILE = Path(__file__).parents[2] / "simulators" / "locksim" / "inprocess" / "vendors.py"
NAMES = {"noke": "Noke", "remotelock": "RemoteLock", "lockt": "Lockt", "codelocks": "Codelocks", "nuki": "Nuki"}
_ADDED = {
    "noke": {"add_lock": "lock"}, "remotelock": {"add_lock": "lock"}, "lockt": {"add_door": "door"},
    "codelocks": {"add_kitlock": "kitlock"}, "nuki": {"add_lock": "lock"},
}  # fmt: skip
"""Vendor → support actions that add a device → its kind."""
HEAD = '''"""Typed handles on each vendor and each kind of its devices. Generated from the vendors' tables: run `make generate`.

At run time the handles do what the tables say (`locksim.inprocess.handles`); the signatures are for completion and mypy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from locksim.inprocess.handles import BaseDeviceHandle, HardwareHandle
from locksim.inprocess.vendor_handle import VendorHandle

if TYPE_CHECKING:
    from decimal import Decimal

    _Seconds = float | Decimal | None

'''

_NARROWER = "  # type: ignore[override]"
_IMPLEMENTATION = '"""Do what one of the signatures above says."""'
Parameters = dict[str, tuple[str, bool]]
"""name → (type, whether it is required)."""


def text_of(hint: Any) -> str:
    """Return a type as source."""
    if hint is type(None):
        return "None"
    if hint is Any:
        return "Any"
    if get_origin(hint) is Annotated:
        return text_of(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return f"Literal[{', '.join(repr(value) for value in get_args(hint))}]"
    if get_origin(hint) in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(text_of(one) for one in get_args(hint)))
    if get_origin(hint) is not None:
        return f"{get_origin(hint).__name__}[{', '.join(text_of(one) for one in get_args(hint))}]"
    return str(hint.__name__)


def parameters(function: Callable[..., Any]) -> Parameters:
    """Return an action's keyword-only parameters."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: (text_of(hints[name]), one.default is one.empty)
        for name, one in inspect.signature(function).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    }


def merged(functions: Iterable[Callable[..., Any]]) -> Parameters:
    """Return what any of these actions takes; required is what all of them require."""
    every = [parameters(function) for function in functions]
    found: Parameters = {}
    for name in dict.fromkeys(name for one in every for name in one):
        kinds = [one[name][0] for one in every if name in one]
        required = all(name in one and one[name][1] for one in every)
        found[name] = (" | ".join(dict.fromkeys(part for kind in kinds for part in kind.split(" | "))), required)
    return found


def signature(given: Parameters, first: str = "") -> str:
    """Return the source of a method's parameters."""
    taken = [f"{name}: {kind}{'' if required else ' = ...'}" for name, (kind, required) in given.items()]
    return ", ".join(["self", *([first] if first else []), "*", *taken, "after: _Seconds = None"])


def sentence(function: Callable[..., Any]) -> str:
    """Return the first sentence of a docstring."""
    return (
        (inspect.getdoc(function) or "")
        .split("\n\n")[0]
        .split(". ")[0]
        .replace("\n", " ")
        .rstrip(".")
        .replace('"', "'")
    )


def device(name: str, doc: str, actions: Mapping[str, list[Callable[..., Any]]]) -> Iterator[str]:
    """Yield the source of a device's class."""
    yield f'class {name}(BaseDeviceHandle):\n    """{doc}"""\n'
    yield "    if TYPE_CHECKING:\n"
    for action, functions in actions.items():
        yield f"        def {action}({signature(merged(functions))}) -> dict[str, Any]:"
        yield f'            """{sentence(functions[0])}."""\n'


def camel(kind: str) -> str:
    """Return a kind as part of a class name."""
    return "".join(part.capitalize() for part in kind.split("_"))


def vendor_source(vendor: Vendor) -> Iterator[str]:
    """Yield the source of a vendor's classes."""
    name = NAMES[vendor.name]
    every: dict[str, list[Callable[..., Any]]] = {}
    for kind, actions in vendor.actions.items():
        for action, function in actions.items():
            every.setdefault(action, []).append(function)
        yield from device(f"{name}{camel(kind)}", f"A {kind} of {name}.", {one: [f] for one, f in actions.items()})
    yield from device(f"{name}Device", f"A device of {name}, of any kind.", every)
    kinds = {kind: f"{name}{camel(kind)}" for kind in vendor.actions}
    yield f'class {name}Hardware(HardwareHandle):\n    """The devices of {name}."""\n'
    yield f"    kinds: Mapping[str, type[BaseDeviceHandle]] = {{{', '.join(f'{k!r}: {c}' for k, c in kinds.items())}}}\n"
    yield "    if TYPE_CHECKING:\n"
    yield f"        def __getitem__(self, id: str | int) -> {name}Device:{_NARROWER}"
    yield '            """Return a device. Raises Unknown."""\n'
    for kind, cls in kinds.items():
        if len(kinds) > 1:
            yield f"        @overload{_NARROWER if kind == next(iter(kinds)) else ''}"
        yield f"        def kind(self, kind: Literal[{kind!r}]) -> list[{cls}]:"
        yield f'            """Return all devices of the kind {kind}."""\n'
    if len(kinds) > 1:
        yield f"        def kind(self, kind: str) -> Any:\n            {_IMPLEMENTATION}\n"
    yield f'class {name}(VendorHandle):\n    """{vendor.title}, in one world."""\n'
    yield f"    hardware: {name}Hardware"
    yield f"    hardware_type = {name}Hardware\n"
    yield "    if TYPE_CHECKING:\n"
    for action, kind in _ADDED.get(vendor.name, {}).items():
        taken = signature(parameters(vendor.support[action])).replace(", after: _Seconds = None", "")
        yield f"        def {action}({taken}) -> {kinds[kind]}:"
        yield f'            """{sentence(vendor.support[action])}."""\n'
    for action, support in vendor.support.items():
        yield f"        @overload{_NARROWER if action == next(iter(vendor.support)) else ''}"
        yield f"        def support({signature(parameters(support), f'action: Literal[{action!r}], /')}) -> dict[str, Any]:"
        yield f'            """{sentence(support)}."""\n'
    yield "        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:"
    yield f"            {_IMPLEMENTATION}\n"


def source() -> str:
    """Return the module's source, formatted."""
    vendors = [registry.load(name) for name in registry.NAMES]
    rows = ", ".join(f"{name!r}: {NAMES[name]}" for name in registry.NAMES)
    public = sorted(NAMES.values())
    lines = [line for vendor in vendors for line in vendor_source(vendor)]
    everything = HEAD + f"__all__ = {[*public, 'HANDLES']!r}\n\n" + "\n".join(lines)
    everything += f'\n\nHANDLES: Mapping[str, type[VendorHandle]] = {{{rows}}}\n"""Vendor → its handle."""\n'
    for command in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        words = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(FILE), "-"]
        done = subprocess.run(words, input=everything, capture_output=True, text=True, check=False)
        everything = done.stdout
    return everything


if __name__ == "__main__":
    FILE.write_text(source(), "utf-8")
