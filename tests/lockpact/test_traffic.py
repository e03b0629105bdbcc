"""Exchanges as laws read them."""

from __future__ import annotations

from typing import Any

import pytest

from lockpact.core.traffic import Traffic
from tests.lockpact.toys import exchange


def test_a_target_is_read_decoded() -> None:
    x = exchange("/callback/add?url=http%3A%2F%2Fh%2F%C3%BC&empty=&url=2")
    assert (x.path, x.param("url"), x.param("empty"), x.param("none")) == ("/callback/add", "http://h/ü", "", None)


@pytest.mark.parametrize(
    ("body", "says"),
    [(b'{"success": true}', True), (b'{"success": "yes"}', None), (b"[]", None), (b"\xff", None), (b"", None)],
)
def test_success_is_a_boolean_of_an_object_or_none(body: bytes, says: Any) -> None:
    assert exchange(answer=body).success is says


def test_an_incomplete_answer_has_no_json() -> None:
    assert exchange(answer=b"[1]", broken="cut").json is None
    assert not exchange(status=None, broken="reset").answered


def test_traffic_is_filtered_by_path_status_parameters_and_time() -> None:
    traffic = Traffic([exchange("/a?x=1"), exchange("/b/c?x=1", at=2, status=404), exchange("/b/d?x=2", at=3)])
    assert [x.target for x in traffic.to("/b/*")] == ["/b/c?x=1", "/b/d?x=2"]
    assert [x.target for x in traffic.answered(404)] == ["/b/c?x=1"]
    assert [x.target for x in traffic.where(x=1)] == ["/a?x=1", "/b/c?x=1"]
    assert [x.target for x in traffic.before(3_000_000)] == ["/a?x=1", "/b/c?x=1"]
    assert len(traffic[1:]) == 2


def test_a_requests_body_is_read_as_json() -> None:
    assert exchange(body=b'{"mac": "A"}').sent == {"mac": "A"}
    assert exchange(body=b"no json").sent is None
