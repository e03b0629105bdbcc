"""The description of a port, and what is made from it: JSON Schema, TypeScript, text, and the values on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lockpact.cli.main import main
from lockpact.core.kits import KITS, copy_kit, kits
from lockpact.core.pact import PACTS, load
from lockpact.lockt import PACT as LOCKT
from lockpact.noke import PACT as NOKE
from lockpact.nuki import PACT as NUKI
from lockpact.nuki.port import State
from lockpact.programs.errors import InvalidResult, ProgramError, error_from
from lockpact.programs.json_schema import json_schema
from lockpact.programs.messages import ErrorObject
from lockpact.programs.port_types import (
    ListType,
    MapType,
    OptionalType,
    PlainType,
    RecordType,
    SetType,
    TupleType,
    Type,
    UnknownType,
    WordType,
    describe_port,
    fields_of,
    type_of,
)
from lockpact.programs.values import InvalidValue, from_json, to_json
from lockpact.remotelock import PACT as REMOTELOCK
from tests.authoring.make_ports import FOLDER, port_files

PLAIN: dict[type[Any], list[Any]] = {
    str: ["", "Haustür"],
    int: [0, -7],
    float: [1.5],
    bool: [True, False],
    bytes: [b"", b"\xff\x00"],
    datetime: [datetime(2026, 1, 5, 8, 30, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 1, 5, 8, 30, tzinfo=UTC)],
    type(None): [None],
}


def samples(kind: Type) -> Iterator[Any]:
    """Some values of a type."""
    match kind:
        case PlainType(python):
            yield from PLAIN[python]
        case OptionalType(inner):
            yield None
            yield from samples(inner)
        case WordType(python):
            yield from python
        case ListType(inner, python):
            yield python(())
            yield python(samples(inner))
        case SetType(inner):
            yield frozenset(samples(inner))
        case TupleType(inner):
            yield tuple(next(samples(one)) for one in inner)
        case MapType(key, value):
            yield dict(zip(samples(key), samples(value), strict=False))
        case RecordType(python):
            members = {field.name: list(samples(field.type)) for field in fields_of(kind)}
            for number in range(max(map(len, members.values()))):
                yield python(**{name: values[number % len(values)] for name, values in members.items()})


@pytest.mark.parametrize("vendor", PACTS)
def test_every_value_of_a_port_survives_the_wire_and_fits_its_schema(vendor: str) -> None:
    port = describe_port(load(vendor))
    schema = json_schema(port)
    jsonschema.Draft202012Validator.check_schema(schema)
    tried = 0
    for method in port.methods:
        described = schema["$defs"]["methods"][method.name]
        for value in samples(method.result):
            wire = json.loads(json.dumps(to_json(value)))
            assert from_json(wire, method.result) == value
            jsonschema.Draft202012Validator({**schema, **described["result"]}).validate(wire)
            tried += 1
        for parameter in method.parameters:
            for value in samples(parameter.type):
                wire = json.loads(json.dumps(to_json(value)))
                assert from_json(wire, parameter.type) == value
                named = described["arguments"]["properties"][parameter.name]
                jsonschema.Draft202012Validator({**schema, **named}).validate(wire)
                tried += 1
    assert tried > 20


@pytest.mark.parametrize("vendor", PACTS)
def test_a_port_is_described_whole(vendor: str) -> None:
    pact = load(vendor)
    port = describe_port(pact)
    assert tuple(method.name for method in port.methods) == pact.methods()
    assert port.errors[0].python is pact.errors
    known = {""}
    for error in port.errors:
        assert error.base in known, f"{error.name} comes before its base"
        known.add(error.name)


def test_the_ports_in_the_node_kit_are_current() -> None:
    """`make generate` writes them."""
    written = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    assert written == port_files()


def test_a_type_without_a_form_in_json_is_named() -> None:
    with pytest.raises(UnknownType, match="complex"):
        type_of(complex)


@pytest.mark.parametrize(
    ("given", "state"),
    [("LOCKED", State.LOCKED), (1, State.LOCKED), (42, State.UNKNOWN), (None, State.UNKNOWN), ("open", State.UNKNOWN)],
)
def test_the_vendors_own_value_is_taken_where_the_port_has_a_rule_for_it(given: object, state: State) -> None:
    assert from_json(given, WordType(State)) is state


@pytest.mark.parametrize(
    ("kind", "value", "complaint"),
    [
        (int, True, "x must be a whole number, not True"),
        (int, "1", "x must be a whole number, not '1'"),
        (bool, 1, "x must be true or false, not 1"),
        (bytes, "text", 'x must be bytes, as {"base64": "…"}, not \'text\''),
        (bytes, {"base64": "*"}, "x must be bytes, as {\"base64\": \"…\"}, not {'base64': '*'}"),
        (datetime, "yesterday", "x must be a time in ISO 8601, not 'yesterday'"),
        (tuple[str, int], ["a"], "x must be a list of 2, not ['a']"),
        (list[int], {}, "x must be a list, not {}"),
        (list[int], [1, "2"], "x[1] must be a whole number, not '2'"),
        (dict[int, str], {"one": "1"}, "x must be a whole number as key, not 'one'"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_place(kind: Any, value: object, complaint: str) -> None:
    with pytest.raises(InvalidValue) as wrong:
        from_json(value, type_of(kind), "x")
    assert str(wrong.value) == complaint


def test_the_ports_errors_come_with_their_fields() -> None:
    error = ErrorObject(1, "no", {"error": "Rejected", "reasons": ["taken"]})
    raised: Any = error_from(error, describe_port(LOCKT))
    assert (type(raised).__name__, str(raised), raised.reasons) == ("Rejected", "no", ("taken",))


def test_remotelocks_errors_have_messages_for_each_attribute() -> None:
    data = {"error": "PinTaken", "errors": {"pin": ["has been taken"], "": ["is invalid"]}}
    raised: Any = error_from(ErrorObject(1, "no", data), describe_port(REMOTELOCK))
    assert raised.errors == {"pin": ("has been taken",), None: ("is invalid",)}


def test_an_error_of_the_port_without_its_fields_does_not_fit() -> None:
    raised = error_from(ErrorObject(1, "no", {"error": "Invalid"}), describe_port(REMOTELOCK))
    assert type(raised) is InvalidResult


def test_any_other_error_keeps_its_name_and_its_cause() -> None:
    data = {"error": "SocketError", "cause": "Error: refused"}
    raised = error_from(ErrorObject(1, "no", data), describe_port(NUKI))
    assert isinstance(raised, ProgramError)
    assert (type(raised).__name__, str(raised), str(raised.__cause__)) == ("SocketError", "no", "Error: refused")


def test_what_a_client_may_call_is_described_too() -> None:
    radio = describe_port(NOKE).objects[0]
    assert (radio.name, [method.name for method in radio.methods][:2]) == ("nearby", ["wake", "deliver"])
    store = describe_port(REMOTELOCK).objects[0]
    assert [method.name for method in store.methods] == ["load", "save", "lock", "unlock"]


@pytest.mark.parametrize("format", ["text", "json-schema", "typescript"])
def test_the_port_is_printed(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["port", "remotelock", "--format", format]) == 0
    printed = capsys.readouterr().out
    for word in ("create_guest", "PinTaken", "client_secret" if format == "text" else "Credential"):
        assert word in printed


def test_a_kit_is_copied_with_the_port_of_one_vendor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["port", "nuki", "--kit", "node", str(tmp_path / "lockpact")]) == 0
    assert {file.name for file in (tmp_path / "lockpact" / "ports").iterdir()} == {"nuki.d.mts", "nuki.schema.json"}
    assert (tmp_path / "lockpact" / "lockpact.mjs").read_bytes() == (KITS / "node" / "lockpact.mjs").read_bytes()
    assert str(tmp_path / "lockpact" / "clock.cjs") in capsys.readouterr().out


def test_a_kit_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["port", "nuki", "--kit", "cobol", str(tmp_path)]) == 2
    assert f"there is no kit for 'cobol'; there is one for: {', '.join(kits())}" in capsys.readouterr().err
    with pytest.raises(ValueError, match="there is no kit"):
        copy_kit("../core", tmp_path, "nuki")
