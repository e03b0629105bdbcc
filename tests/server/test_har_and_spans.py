"""A journal as HAR, and turns as OpenTelemetry spans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from locksim import World, cli
from locksim.nuki.seed import BRIDGE
from locksim.server.config import ServerConfig
from locksim.server.run import serving
from locksim.server.tracing import span_writer
from tests.engine.toy import TOY

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def archive(tmp_path: Path) -> dict[str, Any]:
    nuki = World(["nuki"]).site("nuki")
    with httpx.Client(transport=nuki.transport, base_url=nuki.url) as client:
        client.get("/list", params=nuki.credentials)
        client.get("/lst", params=nuki.credentials)
        nuki.hardware[BRIDGE].press_button(after=2.5)
        client.get("/auth", timeout=60)
        with pytest.raises(httpx.ReadTimeout):
            client.get("/auth", timeout=4)
    (tmp_path / "journal.jsonl").write_text(nuki.world.journal.jsonl())
    assert cli.main(["har", str(tmp_path / "journal.jsonl"), "--output", str(tmp_path / "out.har")]) == 0
    log: dict[str, Any] = json.loads((tmp_path / "out.har").read_text())["log"]
    return log


def test_an_archive_has_what_a_network_panel_needs(archive: dict[str, Any]) -> None:
    assert (archive["version"], archive["creator"]["name"]) == ("1.2", "locksim")
    listed, missed, pressed, gone = archive["entries"]
    assert listed["request"]["url"].startswith("http://192.168.1.50:8080/list?token=")
    assert listed["request"]["queryString"][0]["name"] == "token"
    assert (listed["response"]["status"], listed["response"]["statusText"]) == (200, "OK")
    assert json.loads(listed["response"]["content"]["text"])
    assert listed["response"]["content"]["mimeType"] == "application/json"
    assert listed["startedDateTime"] == "2026-01-05T08:00:00Z"
    assert "did you mean /list?" in missed["comment"]
    assert (pressed["time"], pressed["timings"]["wait"], pressed["response"]["status"]) == (2500, 2500, 200)
    assert (gone["time"], gone["response"]["status"]) == (4000, 0)


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}\n{}"])
def test_what_is_no_journal_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "it").write_text(text)
    assert cli.main(["har", str(tmp_path / "it")]) == 2
    assert "is no journal" in capsys.readouterr().err


def test_each_turn_is_a_span_and_the_clients_span_its_parent() -> None:
    exported = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    with serving([TOY], config=ServerConfig(trace=span_writer(provider)), clock="manual") as info:
        url = info["vendors"]["toy"]["url"]
        httpx.get(
            f"{url}/count?token=s3cret",
            headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
            trust_env=False,
            verify=False,
        )
        httpx.post(f"{info['control']}/worlds/default/toy/hardware/front/ring", json={}, trust_env=False, verify=False)
        httpx.post(
            f"{info['control']}/worlds/default/clock/advance", json={"seconds": 1}, trust_env=False, verify=False
        )
    spans = exported.get_finished_spans()
    request = next(span for span in spans if span.name == "GET toy")
    assert request.parent is not None
    assert (f"{request.context.trace_id:032x}", f"{request.parent.span_id:016x}") == (TRACE, PARENT)
    attributes = dict(request.attributes or {})
    assert (attributes["url.path"], attributes["http.response.status_code"]) == ("/count", 200)
    assert "s3cret" not in str([span.to_json() for span in spans])
    assert {"ring", "tick"} <= {span.name for span in spans}
    assert all((span.end_time or 0) >= (span.start_time or 0) > 0 for span in spans)
