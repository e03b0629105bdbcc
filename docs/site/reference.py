"""The pages that are generated from code: the commands, the control API, the Python API, each vendor, and a fresh world."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

import locksim.cli
from lockpact.cli.arguments import parser as lockpact_parser
from lockpact.core.pact import PACTS, load
from locksim import World, registry
from locksim.engine.vendor import variants_of
from locksim.server.control_document import openapi
from locksim.server.world_options import WorldOptions

__all__ = ["pages", "world_schema"]

_PYTHON = {
    "locksim": ["World", "VendorHandle", "Nuki", "Noke", "RemoteLock", "Lockt", "Codelocks"],
    "locksim.inprocess.handles": [
        "ClockHandle", "HardwareHandle", "FaultsHandle", "DeliveriesHandle", "JournalHandle", "BaseDeviceHandle",
    ],
}  # fmt: skip


def pages() -> dict[str, str]:
    """Return the page's path in the site's sources → its text."""
    made = {
        "reference/commands.md": "\n".join(_commands()),
        "reference/control-api.md": "\n".join(_control_api()),
        "reference/python-api.md": "\n".join(_python_api()),
        "reference/world.md": "\n".join(_fresh_world()),
    }
    return made | {f"reference/vendors/{name}.md": "\n".join(_vendor(name)) for name in registry.NAMES}


def world_schema() -> dict[str, Any]:
    """Return the JSON schema of a `--world` file."""
    (schema,), parts = msgspec.json.schema_components([WorldOptions], ref_template="#/$defs/{name}")
    schema = parts.pop(schema["$ref"].rpartition("/")[2])
    states = {}
    for name in registry.NAMES:
        (state,), more = msgspec.json.schema_components(
            [registry.load(name).state], ref_template=f"#/$defs/{name}.{{name}}"
        )
        parts |= {f"{name}.{key}": part for key, part in more.items()}
        states[name] = state
    schema["properties"]["$schema"] = {"type": "string"}
    schema["properties"]["state"] = {"type": "object", "properties": states, "additionalProperties": False}
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A world of locksim: the file of locksim serve --world",
        **schema,
        "$defs": parts,
    }
    plain: dict[str, Any] = json.loads(json.dumps(made))  # without tuples
    return plain


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


# ---- commands


def _commands() -> Iterator[str]:
    yield "# Commands\n\nGenerated from the programs' own help.\n"
    for name, parser in (("locksim", locksim.cli.parser()), ("lockpact", lockpact_parser())):
        yield f"## {name}\n"
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
                for word, command in action.choices.items():
                    yield f"### {name} {word}\n\n{helps.get(word, '').capitalize()}.\n"
                    yield from _table(("argument", "meaning"), map(_argument, command._actions))


def _argument(action: argparse.Action) -> tuple[str, str]:
    value = (
        f" {action.metavar or '|'.join(map(str, action.choices or ())) or action.dest.upper()}"
        if action.nargs != 0
        else ""
    )
    names = ", ".join(f"`{flag}{value}`" for flag in action.option_strings) or f"`{action.metavar or action.dest}`"
    return names, (action.help or "").replace("%%", "%")


# ---- the control API


def _control_api() -> Iterator[str]:
    document = json.loads(json.dumps(openapi()))
    yield "# Control API\n\nGenerated from the table of operations. All paths are below `/_sim`.\n"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "put", "post", "delete"):
                continue
            yield f"## {method.upper()} {path}\n\n{operation.get('summary', '')}\n\n{operation.get('description', '')}\n"
            taken = [(p["name"], p["in"], p.get("description", "")) for p in operation.get("parameters", ())]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in body:
                body = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
            taken += [(key, "body", one.get("description", "")) for key, one in body.get("properties", {}).items()]
            if taken:
                yield from _table(
                    ("name", "in", "meaning"), [(f"`{name}`", where, text) for name, where, text in taken]
                )


# ---- Python


def _python_api() -> Iterator[str]:
    yield "# Python API\n\nGenerated from the docstrings.\n"
    for module, names in _PYTHON.items():
        for name in names:
            yield f"## {name}\n\n```{{eval-rst}}\n.. autoclass:: {module}.{name}\n   :noindex:\n```\n"
    yield "## lockpact.assert_keeps\n\n```{eval-rst}\n.. autofunction:: lockpact.assert_keeps\n   :noindex:\n```\n"


# ---- vendors


def _vendor(name: str) -> Iterator[str]:
    vendor = registry.load(name)
    yield f"# {vendor.title}: operations, laws, variants\n"
    yield f"Every rule and its evidence: [rules](../rules/{name}.md). How to use the simulator: [{name}](../../{name}.md).\n"
    yield "## Operations\n\n*Effect* says what a live run may send unasked: only what reads.\n"
    rows = load(name).live.operations()
    yield from _table(("operation", "effect", "quota"), [(f"`{row.id}`", row.effect, row.quota) for row in rows])
    yield "## Laws\n\nWhat a client owes. `lockpact check` judges all, `lockpact watch` those that need only the traffic.\n"
    yield from _table(
        ("law", "sentence", "evidence"), [(f"`{law.id}`", law.sentence, law.evidence) for law in load(name).laws]
    )
    yield "## Variants\n\nChanges that the vendor might make, for `lockpact grade` and `locksim serve --variant`.\n"
    found = variants_of(vendor)
    yield from _table(
        ("variant", "class", "weight", "what is different"),
        [(f"`{id_}`", one.change, one.weight, one.sentence) for id_, one in found.items()],
    )


# ---- a fresh world


def _fresh_world() -> Iterator[str]:
    yield "# What a fresh world holds\n\nGenerated from the seeds of the default world: seed 0, at its start.\n"
    yield "How to begin with other inhabitants: [your own locks](../guides/own-locks.md).\n"
    world = World()
    for name in PACTS:
        site = world.site(name)
        yield f"## {registry.load(name).title}\n"
        devices = [(f"`{one.id}`", one.kind, _state(one.state)) for one in site.hardware.devices()]
        yield from _table(("device", "kind", "state"), devices)
        yield from _table(
            ("credential", "value (fake)"), [(f"`{key}`", f"`{value}`") for key, value in _flat(site.credentials)]
        )


def _state(state: dict[str, Any]) -> str:
    text = ", ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in state.items()
        if value not in (None, "", [], {})
    )
    return text if len(text) <= 160 else text[:160] + " …"


def _flat(credentials: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in credentials.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value) if len(str(value)) <= 60 else str(value)[:60] + "…"
