"""Every request that the document shows, driven at the default world: its status, its keys in their order, their types.

The table is data (`fixtures/remotelock/requests.json`). A name in braces is an inhabitant: with one of them at least the
answer has the documented form to the letter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locksim.remotelock.catalog import EVENT_TYPES
from tests.remotelock.caller import Reply
from tests.remotelock.keeper import Keeper

FIXTURES = Path(__file__).parents[2] / "fixtures" / "remotelock"
TABLE: dict[str, Any] = json.loads(FIXTURES.joinpath("requests.json").read_text("utf-8"))
MODELS: list[Any] = json.loads(FIXTURES.joinpath("models.json").read_text("utf-8"))["models"]
SHAPES: dict[str, Any] = TABLE["shapes"]

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DAY, _CLOCK = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
TEXTS = {
    "text": "(?s).*",
    "digits": "[0-9]+",
    "id": _ID,
    "url": "https://.*",
    "date": _DAY,
    "instant": f"{_DAY}T{_CLOCK}Z",
    "local time": f"{_DAY}T{_CLOCK}",
    "clock time": _CLOCK,
    "hour and minute": "[0-9]{2}:[0-9]{2}",
}
TYPES: dict[str, type[Any]] = {"integer": int, "decimal": float, "boolean": bool}


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has this form: of objects the keys in their order, of others the kind."""
    if isinstance(shape, dict):
        keys = list(shape)
        return isinstance(value, dict) and list(value) == keys and all(fits(value[key], shape[key]) for key in keys)
    if isinstance(shape, list):
        return isinstance(value, list) and all(any(fits(item, one) for one in shape) for item in value)
    if shape.endswith(" or null"):
        return value is None or fits(value, shape.removesuffix(" or null"))
    if shape.startswith("list of "):
        return isinstance(value, list) and all(fits(item, shape.removeprefix("list of ")) for item in value)
    if shape in TYPES:
        return type(value) is TYPES[shape]
    return isinstance(value, str) and re.fullmatch(TEXTS.get(shape, re.escape(shape)), value) is not None


def inhabitants(keeper: Keeper, name: str, known: dict[str, str]) -> list[str]:
    """The ids of those that the name may mean, of whom `known` have been chosen."""
    how = TABLE["inhabitants"][name]
    found = keeper.read(how["list"].format(**known))
    where = how.get("where", {}).items()
    items = [one for one in (found if isinstance(found, list) else [found]) if where <= one["attributes"].items()]
    return [one["id"] for one in items]


def choices(keeper: Keeper, path: str, known: dict[str, str]) -> Iterator[dict[str, str]]:
    """Every way to put inhabitants into the path."""
    name = next((found for found in re.findall(r"\{([^}]*)\}", path) if found not in known), None)
    if name is None:
        yield known
        return
    for key in inhabitants(keeper, name, known):
        yield from choices(keeper, path, {**known, name: key})


def filled(keeper: Keeper, body: Any) -> Any:
    """The body with the ids of inhabitants."""
    if isinstance(body, dict):
        return {name: filled(keeper, value) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(keeper, value) for value in body]
    if isinstance(body, str) and body.startswith("{"):
        return inhabitants(keeper, body.strip("{}"), {})[0]
    return body


def objection(row: dict[str, Any], reply: Reply) -> str | None:
    """How an answer differs from the documented one; None: it does not."""
    if reply.status != row["status"]:
        return f"{reply.status} instead of {row['status']}: {reply.body!r}"
    if "answer" not in row:
        return None if reply.body == b"" else f"a body: {reply.body!r}"
    document, wanted = reply.json, row["answer"]
    if isinstance(wanted, str):
        right = list(document) == ["data"] and fits(document["data"], SHAPES[wanted])
        return None if right else f"not {wanted}: {json.dumps(document, indent=1)}"
    if list(document) != ["data", "meta"] or list(document["meta"]) != [
        "page",
        "per_page",
        "total_pages",
        "total_count",
    ]:
        return f"no page: {list(document)}"
    missing = [name for name in wanted if not any(fits(item, SHAPES[name]) for item in document["data"])]
    return None if not missing else f"none of {missing}: {json.dumps(document['data'], indent=1)}"


@pytest.mark.rule(
    "RL-R400", "RL-R401", "RL-R402", "RL-R403", "RL-R404", "RL-R405", "RL-R406", "RL-R407", "RL-R408", "RL-R409",
    "RL-R410", "RL-R411", "RL-R412", "RL-R413", "RL-R414", "RL-R415", "RL-R416", "RL-R417", "RL-R418", "RL-R419",
    "RL-R420", "RL-R421", "RL-R422", "RL-R423", "RL-R424", "RL-R425", "RL-R426", "RL-R427", "RL-R428", "RL-R429",
    "RL-R430", "RL-R431", "RL-R432", "RL-R433", "RL-R434", "RL-R435", "RL-R436", "RL-R437", "RL-R438", "RL-R439",
    "RL-R440", "RL-R441", "RL-R442", "RL-R443", "RL-R444", "RL-R445", "RL-R446", "RL-R447", "RL-R448", "RL-R449",
    "RL-R450", "RL-R451", "RL-R452", "RL-R453", "RL-R454", "RL-R455", "RL-R456", "RL-R457", "RL-R458", "RL-R459",
    "RL-R460", "RL-R461", "RL-R462", "RL-R463", "RL-R464", "RL-R465", "RL-R466", "RL-R467", "RL-R468", "RL-R469",
    "RL-R470", "RL-R471", "RL-R472", "RL-R473", "RL-R474", "RL-R475", "RL-R476", "RL-R477", "RL-R478", "RL-R479",
    "RL-R480", "RL-R481", "RL-R482", "RL-R483", "RL-R484", "RL-R485", "RL-R486", "RL-R487", "RL-R488", "RL-R489",
    "RL-R490", "RL-R491", "RL-R492",
)  # fmt: skip
@pytest.mark.parametrize("row", TABLE["requests"], ids=lambda row: row["heading"])
def test_a_documented_request_is_answered_as_documented(keeper: Keeper, row: dict[str, Any]) -> None:
    body, ways = filled(keeper, row.get("body")), list(choices(keeper, row["path"], {}))
    objections = []
    keeper.call("GET", "/user")
    keeper.world.snapshot("default-world")
    for known in ways:
        keeper.world.restore("default-world")
        reply = keeper.call(row["method"], row["path"].format(**known), body)
        said = objection(row, reply)
        if said is None:
            return
        objections.append(said)
    pytest.fail("\n\n".join(objections) or "nobody of that kind lives in the default world")


def test_all_operations_of_the_document_are_in_the_table() -> None:
    operations = {
        (row["method"], re.sub(r"\{[^}]*\}", "{}", row["path"].partition("?")[0])) for row in TABLE["requests"]
    }
    assert (len(TABLE["requests"]), len(operations)) == (93, 77)


LISTS = [
    "/access_exceptions", "/access_persons", "/acs/doors", "/devices", "/events", "/groups", "/locations",
    "/models", "/notification_subscribers", "/notification_subscriptions", "/notifications", "/resort_lock_guests",
    "/schedules",
]  # fmt: skip


def test_every_documented_type_has_an_inhabitant(keeper: Keeper) -> None:
    lives = {item["type"] for target in LISTS for item in keeper.everything(target)}
    alone = {"account", "user", "access_person_access", "door_group_door", "access_instruction_guest_email_template"}
    assert {shape["type"] for shape in SHAPES.values()} <= lives | alone


def test_every_event_type_has_an_inhabitant(keeper: Keeper) -> None:
    assert {item["type"] for item in keeper.everything("/events")} == {f"{name}_event" for name in EVENT_TYPES}
    assert len(EVENT_TYPES) == 19


def test_the_models_and_capabilities_are_those_of_the_document(keeper: Keeper) -> None:
    shown = [item["attributes"] for item in keeper.everything("/models")]
    assert shown == MODELS
    assert [list(one["capabilities"]) for one in shown] == [list(one["capabilities"]) for one in MODELS]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"b": 1, "a": 1}, {"a": "integer", "b": "integer"}),
        ({"a": 1, "b": 1}, {"a": "integer"}),
        ({"a": True}, {"a": "integer"}),
        (1, "decimal"),
        (None, "text"),
        ("12a", "digits or null"),
        ([1, "x"], ["integer"]),
        ("access_user", "access_guest"),
    ],
)
def test_a_different_state_is_not_loaded(value: Any, shape: Any) -> None:
    assert not fits(value, shape)
