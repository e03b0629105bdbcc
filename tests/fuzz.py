"""Schemathesis over a simulator in process: every check, every phase, a snapshot restored before each request."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3._collections import HTTPHeaderDict
from urllib3.response import HTTPResponse

from lockpact.core.pact import load
from lockpact.live.fuzz import fuzz
from lockpact.simulators.documents import document
from locksim.engine.inputs import Answer
from locksim.inprocess.world import World

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "60"))
"""Cases an operation; `make fuzz` asks for more."""


class Clean(World):
    """A world that goes back to its snapshot before each request."""

    patience = 0.0
    """Schemathesis' other threads do nothing while a request waits."""

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        self.restore("clean")
        return super().ask(*args, **kwargs)


@contextmanager
def straight_into(world: World) -> Iterator[None]:
    """Let requests ask the world, with nothing between. Connections have tests of their own, and took a fifth of the time."""

    def send(self: HTTPAdapter, request: PreparedRequest, **_: Any) -> Response:
        url = urlsplit(request.url or "")
        found = world.find_site(url.netloc, url.scheme)
        assert found is not None, f"a request to {url.netloc}, where nobody is"
        vendor, site = found
        headers = [("Host", url.netloc), *((name, _text(value)) for name, value in request.headers.items())]
        body = request.body or b""
        sent = body.encode() if isinstance(body, str) else body
        assert isinstance(sent, bytes)
        if any("\0" in value for _, value in headers):  # Schemathesis asks first whether servers read such headers
            answer = Answer(400, (), b"")
        else:
            answer = world.ask(vendor, site.name, request.method or "", request.path_url, tuple(headers), sent, 120)
        assert answer.cut is None
        assert answer.status
        raw = HTTPResponse(
            BytesIO(answer.body),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            version=11,
            version_string="HTTP/1.1",
            reason=HTTPStatus(answer.status).phrase,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)

    def settings(self: Session, url: str, *_: Any) -> dict[str, Any]:
        """No proxies of this machine."""
        return {"proxies": {}, "stream": True, "verify": True, "cert": None}

    with patch.object(HTTPAdapter, "send", send), patch.object(Session, "merge_environment_settings", settings):
        yield


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def run(
    world: World,
    vendor: str,
    known: Mapping[str, str] | None = None,
    *,
    described: dict[str, Any] | None = None,
    url: str | None = None,
    examples: int = EXAMPLES,
) -> dict[str, Counter[int]]:
    """Run all phases. → how often each operation answered which status. Fails with all failures' own words.

    `described`: another document than the vendor's (fewer operations, narrower requests); `url`: another of its doors;
    `examples`: where fewer prove as much.
    """
    live = load(vendor).live
    site = world.site(vendor)
    world.snapshot("clean")
    clean = Clean((), core=world.core)
    with straight_into(clean):
        found = fuzz(
            document(vendor) if described is None else described,
            site.url if url is None else url,
            live.auth(site.credentials),
            examples=examples,
            seed=1,
            expected=live.expected,
            in_part=live.in_part,
            headers=live.headers,
            known=known,
            refused=live.refused,
        )
    failures = [f"{name}: {said}" for name, one in found.items() for said in one.failures]
    assert not failures, "\n".join(failures)
    return {name: one.statuses for name, one in found.items()}
