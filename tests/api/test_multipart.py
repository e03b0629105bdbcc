"""Multipart forms: fields are read, files are ignored, and a malformed body has no fields."""

from __future__ import annotations

import pytest

from locksim.api.multipart import is_multipart, parse_multipart

TYPE = "multipart/form-data; boundary=x1y2"
BODY = (
    b'--x1y2\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n2\r\n'
    b'--x1y2\r\nContent-Disposition: form-data; name="b"; filename="b.txt"\r\n\r\nfile\r\n'
    b'--x1y2\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xc3\xa4\xff\r\n'
    b"--x1y2--\r\n"
)


def test_the_values_of_a_field_are_in_their_order() -> None:
    assert parse_multipart(TYPE, BODY) == {"a": ["1\r\n2", "ä\ufffd"]}


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (TYPE, True),
        ("Multipart/Form-Data", True),
        ("multipart/mixed; boundary=x", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
        (None, False),
    ],
)
def test_the_content_type_decides(content_type: str | None, expected: bool) -> None:
    assert is_multipart(content_type) is expected


@pytest.mark.parametrize("cut", range(0, len(BODY) - 4, 7))
def test_a_body_that_is_cut_has_no_fields(cut: int) -> None:
    assert parse_multipart(TYPE, BODY[:cut]) == {}


def test_more_than_a_thousand_parts_are_refused() -> None:
    part = b'--x1y2\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    assert len(parse_multipart(TYPE, part * 1000 + b"--x1y2--")["a"]) == 1000
    assert parse_multipart(TYPE, part * 1001 + b"--x1y2--") == {}
