"""What may be sent to a live server: operations by path, or by method and path."""

from __future__ import annotations

from lockpact.core.pact import LiveRules, VendorOperation

RULES = LiveRules(
    operations=lambda: [
        VendorOperation("GET", "/list", "read"),
        VendorOperation("POST", "/list", "read"),
        VendorOperation("GET", "/doors/{id}", "read"),
        VendorOperation("PUT", "/doors/{id}", "write"),
        VendorOperation("DELETE", "/doors/{id}", "destructive"),
        VendorOperation("GET", "/doors/{id}/keys/{key}", "read"),
        VendorOperation("PUT", "/burn", "destructive"),
    ],
    per_second=1,
    driver="",
    auth=lambda _: {},
)
NOTHING, EVERYTHING = frozenset[str](), frozenset({"*"})


def test_a_path_without_a_method_means_all_methods() -> None:
    assert RULES.allowed("/list", NOTHING, "GET")
    assert RULES.allowed("/doors/7", frozenset({"/doors/{id}"}), "DELETE")
    assert not RULES.allowed("/burn", EVERYTHING, "PUT")


def test_a_method_and_a_path_are_one_operation() -> None:
    assert RULES.allowed("/doors/7", NOTHING, "GET")
    assert not RULES.allowed("/doors/7", NOTHING, "PUT")
    assert RULES.allowed("/doors/7", EVERYTHING, "PUT")
    assert not RULES.allowed("/doors/7", EVERYTHING, "DELETE")


def test_a_destructive_operation_is_sent_if_it_is_named() -> None:
    assert RULES.allowed("/doors/7", frozenset({"DELETE /doors/{id}"}), "DELETE")
    assert not RULES.allowed("/burn", frozenset({"DELETE /doors/{id}"}), "DELETE")


def test_a_parameter_matches_one_part_of_a_path() -> None:
    assert RULES.allowed("/doors/{id}", NOTHING, "GET")
    assert RULES.allowed("/doors/7/keys/a.b", NOTHING, "GET")
    assert not RULES.allowed("/doors/7/keys", NOTHING, "GET")
    assert not RULES.allowed("/doors", NOTHING, "GET")
    assert not RULES.allowed("/doors/7/keys/8/more", NOTHING, "GET")
