"""Which URLs /callback/add accepts."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.inputs import Request
from tests.nuki.caller import Caller

VALID = [
    "http://192.168.0.20:8000/nuki",
    "http://192.168.0.21/test",
    "http://localhost:65535",
    "http://home-assistant.local:8123/api/webhook/5f3c?x=1&y=2",
    "http://my_host/",
    "HTTP://Example.org",
    "http://[::1]:8080/x",
    "http://h?a=b",
    "http://h/%20%C3%A9",
    "http://a.b.c.d.e/~x;y=1,2'()*!$@:",
]

INVALID = [
    "", " ", "x", "/nuki", "//h/", "http:", "http://", "http:///x", "http://:80/", "http://?x", "http:/h",
    "https://192.168.0.20/", "HTTPS://h/", "ftp://h/", "file:///x", "javascript:0", "http://h h/", "http://h/ x",
    "http://h/\n", "http://h/\r\nX: y", "http://h/\0", "\thttp://h/", "http://h:0/", "http://h:65536/", "http://h:/",
    "http://h:x/", "http://user:pw@h/", "http://h/#x", "http://h/é", "http://hôte/", "http://256.1.1.1/",
    "http://1.2.3/", "http://-h/", "http://h./", "http://h/%", "http://h/%2", "http://h/<x>", "http://[::1", "http://h\\",
]  # fmt: skip


@pytest.mark.rule("NK-R130")
@pytest.mark.parametrize("url", VALID)
def test_http_urls_with_a_host_are_accepted(bridge: Caller, url: str) -> None:
    assert bridge.get("/callback/add", url=url).json == {"success": True}
    assert bridge.get("/callback/list").json == {"callbacks": [{"id": 0, "url": url}]}


@pytest.mark.rule("NK-R130")
@pytest.mark.rule("NK-R131")
@pytest.mark.parametrize("url", INVALID)
def test_other_urls_are_400(bridge: Caller, url: str) -> None:
    assert bridge.get("/callback/add", url=url).status == 400
    assert bridge.get("/callback/list").json == {"callbacks": []}


@pytest.mark.rule("NK-R136")
def test_a_missing_url_is_400(bridge: Caller) -> None:
    assert bridge.get("/callback/add").status == 400


@pytest.mark.rule("NK-R132")
@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_https_is_400(profile: str) -> None:
    assert Caller(profile).get("/callback/add", url="https://192.168.0.20:8000/nuki").status == 400


@pytest.mark.rule("NK-R133")
@pytest.mark.rule("NK-R134")
@pytest.mark.parametrize("path", ["a" * 300, "%2f" * 100])
def test_up_to_254_characters_are_accepted_counted_after_decoding(bridge: Caller, path: str) -> None:
    base = "http://receiver.test/"
    longest = base + path[: 254 - len(base)].rstrip("%2")
    longest += "z" * (254 - len(longest))
    assert len(quote(longest, safe="")) > 254
    assert bridge.get("/callback/add", url=longest + "z").status == 400
    assert bridge.get("/callback/add", url=longest).json == {"success": True}
    assert bridge.get("/callback/list").json["callbacks"][0]["url"] == longest


@pytest.mark.rule("NK-R137")
def test_a_plus_must_be_encoded(bridge: Caller) -> None:
    for url, status in (("http://h/a+b", 400), ("http://h/a%2Bb", 200)):
        target = f"/callback/add?token={bridge.token}&url={url}"
        assert bridge.ask(Request(bridge.world.core.now, "nuki", "bridge", "GET", target)).status == status
    assert bridge.get("/callback/list").json == {"callbacks": [{"id": 0, "url": "http://h/a+b"}]}


@pytest.mark.rule("NK-R135")
def test_an_unencoded_url_is_cut_at_its_first_ampersand(bridge: Caller) -> None:
    target = f"/callback/add?token={bridge.token}&url=http://192.168.0.20/nuki?a=1&b=2"
    request = bridge.request("", {})
    assert bridge.ask(type(request)(request.at, "nuki", "bridge", "GET", target)).json == {"success": True}
    assert bridge.get("/callback/list").json["callbacks"][0]["url"] == "http://192.168.0.20/nuki?a=1"


@pytest.mark.rule("NK-R131")
@given(url=st.text(max_size=300))
def test_any_text_is_accepted_or_400(url: str) -> None:
    bridge = Caller()
    reply = bridge.get("/callback/add", url=url.encode("utf-8", "surrogatepass"))
    listed = bridge.get("/callback/list").json["callbacks"]
    assert (reply.status, listed) in [(400, []), (200, [{"id": 0, "url": url}])]
