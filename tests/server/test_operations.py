"""The table of the control API's operations agrees with the engine's commands and the Python handles."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from locksim.engine.commands import COMMANDS
from locksim.inprocess import handles
from locksim.inprocess.world import VendorHandle, World
from locksim.server.control_operation import ControlOperation
from locksim.server.operations import OPERATIONS, TAGS
from tests.engine.toy import TOY

OF_THE_SERVER = {"createWorld", "dropWorld", "forkWorld", "advance", "sendRequest"}
"""These change worlds, but not through a command of the engine."""
OF_HTTP_ALONE = {"readJournal": {"limit"}, "exportJournal": {"mask"}}
"""Arguments that Python does without: `limit` pages through HTTP, `mask` hides secrets from its readers."""
WITHOUT_ARGUMENT = {"removeFaults": "id"}
"""An operation whose handle does the same without this argument."""
OF_PYTHON_ALONE = {
    "ClockHandle.iso",
    "ClockHandle.now",
    "DeliveriesHandle.receive",
    "HardwareHandle.device",
    "HardwareHandle.kind",
    "JournalHandle.misses",
    "JournalHandle.requests",
    "VendorHandle.act",
    "VendorHandle.adapter",
    "VendorHandle.async_transport",
    "VendorHandle.credentials",
    "VendorHandle.hardware_type",
    "VendorHandle.transport",
    "VendorHandle.url",
    "VendorHandle.url_of",
    "World.adapter",
    "World.advance_to",
    "World.apply",
    "World.ask",
    "World.ask_async",
    "World.async_transport",
    "World.control",
    "World.due",
    "World.find_site",
    "World.hosts",
    "World.intercept",
    "World.now",
    "World.pass_time",
    "World.site",
    "World.time",
    "World.transport",
}
"""Handles that no operation needs: they are views, or ways in."""
WITH_HANDLE = [one for one in OPERATIONS if one.handle is not None]


def handle_of(operation: ControlOperation) -> tuple[type, str]:
    """Return the class of an operation's handle, and the name of the member."""
    world = World([TOY])
    owner: Any = world
    *path, name = (operation.handle or "").split(".")
    for part in path:
        owner = world.site("toy") if part == "site(vendor)" else getattr(owner, part)
    return type(owner), name


def kinds(annotation: Any) -> Iterator[type]:
    """Yield the plain types of an annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from kinds(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from kinds(one)
    elif origin is Literal:
        yield from map(type, get_args(annotation))
    else:
        yield origin or annotation


def test_ids_and_routes_are_unique() -> None:
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)
    assert {one.tag for one in OPERATIONS} == TAGS.keys()


def test_every_command_has_a_route_and_every_route_that_changes_a_world_a_command() -> None:
    assert {one.command for one in OPERATIONS if one.command is not None} == COMMANDS.keys()
    assert {one.id for one in OPERATIONS if one.method != "GET" and one.command is None} == OF_THE_SERVER
    assert {one.id for one in OPERATIONS if one.method == "GET" and one.command is not None} == set()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_an_operation_and_its_arguments_are_described(operation: ControlOperation) -> None:
    assert operation.title.endswith(".")
    assert operation.answered.endswith(".")
    described = {
        name: any(getattr(meta, "description", None) for meta in getattr(hint, "__metadata__", ()))
        for name, hint in get_type_hints(operation.arguments, include_extras=True).items()
    }
    assert described == dict.fromkeys(operation.fields, True)


@pytest.mark.parametrize("op", sorted(COMMANDS))
def test_the_arguments_of_a_command_are_described(op: str) -> None:
    hints = get_type_hints(COMMANDS[op].arguments, include_extras=True)
    assert [
        name
        for name, hint in hints.items()
        if not any(getattr(meta, "description", None) for meta in getattr(hint, "__metadata__", ()))
    ] == []


@pytest.mark.parametrize("operation", WITH_HANDLE, ids=lambda one: one.id)
def test_a_handle_has_the_arguments_of_its_operation(operation: ControlOperation) -> None:
    owner, name = handle_of(operation)
    member = inspect.getattr_static(owner, name)
    expected = dict(operation.fields)
    if (operation.handle or "").startswith("site(vendor)"):
        del expected["vendor"]  # the handle is that vendor's
    if isinstance(member, property):
        assert (name in expected) is (member.fset is not None)
        return
    parameters = dict(list(inspect.signature(member).parameters.items())[1:])  # the first is self
    if operation.rest is not None:
        assert parameters.pop(operation.rest).kind is inspect.Parameter.VAR_KEYWORD
        del expected[operation.rest]
    if operation.id in WITHOUT_ARGUMENT:
        del parameters[WITHOUT_ARGUMENT[operation.id]]
    different = OF_HTTP_ALONE.get(operation.id, set())
    assert parameters.keys() - different == expected.keys() - different
    hints = {True: get_type_hints(operation.arguments, include_extras=True), False: get_type_hints(member)}
    for argument in parameters.keys() - different:
        required = expected[argument].required and argument not in operation.path_arguments.values()
        assert not required or parameters[argument].default is inspect.Parameter.empty
        if not expected[argument].required:
            assert parameters[argument].default == expected[argument].default
        assert set(kinds(hints[True][argument])) <= set(kinds(hints[False][argument]))


def test_every_handle_belongs_to_an_operation_or_is_of_python_alone() -> None:
    classes = [World, VendorHandle, handles.HardwareHandle, handles.ClockHandle, handles.FaultsHandle]
    classes += [handles.DeliveriesHandle, handles.JournalHandle]
    members = {
        f"{owner.__name__}.{name}"
        for owner in classes
        for name, member in inspect.getmembers_static(owner)
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }
    reached = {f"{owner.__name__}.{name}" for owner, name in map(handle_of, WITH_HANDLE)}
    assert members == reached | OF_PYTHON_ALONE
    assert reached & OF_PYTHON_ALONE == set()
