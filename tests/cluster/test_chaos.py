"""A short chaos run. `make chaos` is a long one."""

from __future__ import annotations

import pytest

from tests.cluster.chaos import chaos
from tests.needs import HAPROXY, POSTGRES

FAULTS = (
    "kill -9 of a node",
    "cut connections to the database",
    "a full disk",
    "crash of PostgreSQL",
    "SIGSTOP and SIGCONT of a node",
)


@pytest.mark.needs(HAPROXY)
@pytest.mark.needs(POSTGRES)
@pytest.mark.xdist_group("cluster")
def test_no_acknowledged_input_is_lost_or_doubled_whatever_fails() -> None:
    summary = chaos(worlds=10, clients=5, seconds=0, pause=0.05, faults=FAULTS)
    assert all(f"1 × {fault}" in summary for fault in FAULTS)
    acknowledged = int(summary.split(" inputs acknowledged")[0].split()[-1])
    assert acknowledged > 100, "the load was too small to prove anything"
