"""The metrics at `/_sim/metrics`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from locksim.server.config import ServerConfig
from tests.server.served import ServedToy, serve_toy
from tests.storage.stores import leased


def scraped(toy: ServedToy) -> dict[str, float]:
    """Return the samples: name and labels → value."""
    answer = toy.http.get(f"{toy.control}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_turns_and_worlds_are_counted_by_each_server_for_itself() -> None:
    with serve_toy(clock="manual") as one, serve_toy(clock="manual") as two:
        for _ in range(3):
            one.post("/count")
        one.act("ring")
        one.api("POST", "/worlds", {"name": "second"}, status=201)
        found, other = scraped(one), scraped(two)
    assert (found["locksim_turns_total request"], found["locksim_turns_total act"]) == (3, 1)
    assert (found["locksim_worlds"], other["locksim_worlds"]) == (2, 1)
    assert other["locksim_turns_total request"] == 0
    assert "locksim_commit_seconds_count" not in found, "there is no store"


def test_commits_are_counted_with_their_time(tmp_path: Path) -> None:
    with serve_toy(clock="manual", store=leased(tmp_path / "data")) as toy:
        before = scraped(toy)
        for _ in range(3):
            toy.post("/count")
        after = scraped(toy)
    assert after["locksim_commit_seconds_count"] == before["locksim_commit_seconds_count"] + 3
    assert after["locksim_commit_seconds_bucket +Inf"] == after["locksim_commit_seconds_count"]
    assert after["locksim_changes_total"] == before["locksim_changes_total"] + 3
    assert after["locksim_commit_seconds_sum"] > before["locksim_commit_seconds_sum"]
    assert after["locksim_commit_failures_total"] == 0


def test_pending_requests_are_a_gauge_and_no_label_names_a_world() -> None:
    with serve_toy(clock="manual") as toy, toy.connect() as line:
        line.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.wait_for_pending(1)
        assert scraped(toy)["locksim_pending_requests"] == 1
        before = len(scraped(toy))
        for number in range(5):
            toy.api("POST", "/worlds", {"name": f"w{number}"}, status=201)
        assert len(scraped(toy)) == before


def test_a_scrape_is_in_no_journal_and_needs_the_admin_token() -> None:
    with serve_toy(clock="manual", config=ServerConfig(admin_token="hush")) as toy:
        assert toy.http.get(f"{toy.control}/metrics").status_code == 401
        bearer = {"Authorization": "Bearer hush"}
        assert toy.http.get(f"{toy.control}/metrics", headers=bearer).status_code == 200
        assert toy.http.get(f"{toy.control}/worlds/default/journal", headers=bearer).json()["entries"] == []


def test_without_the_library_the_answer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with serve_toy(clock="manual") as toy:
        assert "pip install 'lockpact[postgres]'" in toy.api("GET", "/metrics", status=501)["error"]
