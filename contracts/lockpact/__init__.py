"""Property-based contract tests: what a smart-lock vendor and its clients owe each other.

    lockpact check nuki --adapter my_adapter:MyAdapter      # your client, with a simulator
    lockpact watch nuki -- npm test                         # any command, by its traffic
    lockpact conform nuki --url http://…                    # a server

In your own tests use the pytest fixtures `lock_world` and `nuki`, or:

    with lockpact.site("nuki") as nuki: ...
    lockpact.assert_keeps("nuki", MyAdapter)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockpact.core.connection import Connection
from lockpact.core.extras import need_pacts
from lockpact.core.law import UNTRIGGERED, Judged, Law, law
from lockpact.core.step import Step
from lockpact.core.traffic import Exchange, Traffic
from lockpact.core.verdict import Breach, Verdict

if TYPE_CHECKING:
    from lockpact.core.pact import Pact
    from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule
    from lockpact.simulators.fixtures import lock_world, site
    from lockpact.simulators.testing import assert_keeps

__all__ = [
    "UNTRIGGERED",
    "Breach",
    "Connection",
    "Exchange",
    "Judged",
    "Law",
    "Pact",
    "PactMachine",
    "Step",
    "Traffic",
    "Verdict",
    "assert_keeps",
    "initialize",
    "law",
    "lock_world",
    "needs",
    "precondition",
    "rule",
    "site",
]

_LAZY = {
    "Pact": "lockpact.core.pact",
    "PactMachine": "lockpact.driving.state_machine",
    "assert_keeps": "lockpact.simulators.testing",
    "initialize": "lockpact.driving.state_machine",
    "lock_world": "lockpact.simulators.fixtures",
    "needs": "lockpact.driving.state_machine",
    "precondition": "lockpact.driving.state_machine",
    "rule": "lockpact.driving.state_machine",
    "site": "lockpact.simulators.fixtures",
}
"""Name → its module, imported at first use: these modules import Hypothesis or locksim."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = _LAZY[name]
    if module.startswith("lockpact.driving") or name == "assert_keeps":
        need_pacts(f"lockpact.{name}")
    return getattr(import_module(module), name)
