"""fixtures/names.json has the form that seeds and tests rely on, and a lock may have any of its names."""

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest

import locksim

NAMES: dict[str, Any] = json.loads(Path(__file__).parents[2].joinpath("fixtures", "names.json").read_text("utf-8"))

TEXT = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^\S.*\S$"}
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["provenance", "people", "places"],
    "properties": {
        "provenance": {
            "type": "object",
            "additionalProperties": False,
            "required": ["by", "with", "seed"],
            "properties": {"by": TEXT, "with": {"pattern": "^Faker [0-9]"}, "seed": {"type": "integer"}},
        },
        "people": {
            "type": "array",
            "minItems": 50,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["locale", "name", "email", "company"],
                "properties": {
                    "locale": {"pattern": "^[a-z]{2}_[A-Z]{2}$"},
                    "name": TEXT,
                    # Names of nobody: RFC 2606 keeps these domains for examples.
                    "email": {"type": "string", "pattern": r"^[a-z0-9._-]+@example\.(com|net|org)$"},
                    "company": TEXT,
                },
            },
        },
        "places": {
            "type": "array",
            "minItems": 50,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["locale", "street", "city"],
                "properties": {"locale": {"pattern": "^[a-z]{2}_[A-Z]{2}$"}, "street": TEXT, "city": TEXT},
            },
        },
    },
}


def test_the_names_have_their_form() -> None:
    jsonschema.validate(NAMES, FORM, cls=jsonschema.Draft202012Validator)


def test_no_two_people_share_an_address() -> None:
    addresses = [person["email"] for person in NAMES["people"]]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("place", NAMES["places"], ids=lambda place: place["street"])
def test_a_lock_is_listed_under_its_name_in_any_script(place: dict[str, str]) -> None:
    state = msgspec.to_builtins(locksim.World(seed=1, vendors=["nuki"]).site("nuki").state)
    lock = next(lock for lock in state["bridges"][0]["locks"] if lock["paired"])
    lock["name"] = place["street"]
    site = locksim.World(seed=1, vendors=["nuki"], state={"nuki": state}).site("nuki")
    with httpx.Client(transport=site.transport, base_url=site.url) as client:
        listed = client.get("/list", params=site.credentials).json()
    assert place["street"] in [one["name"] for one in listed]
