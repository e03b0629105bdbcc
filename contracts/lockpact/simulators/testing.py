"""Test a client's pact in one test function:

def test_my_client_keeps_the_pact():
    lockpact.assert_keeps("nuki", MyAdapter)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any

from lockpact.core.exit_codes import NOTHING
from lockpact.core.pact import load
from lockpact.driving.check import check
from lockpact.programs.start import running
from lockpact.report.findings import summary
from lockpact.simulators.stage import WorldStage

__all__ = ["assert_keeps"]


def assert_keeps(
    vendor: str,
    adapter: Any = None,
    *,
    command: str | None = None,
    examples: int = 300,
    seed: int = 0,
    laws: Iterable[str] | None = None,
    library_logs: int = logging.WARNING,
) -> None:
    """Drive the client as `lockpact check` does, and fail if it breaks a law.

    A module that did `from time import sleep` before this call keeps the real `sleep`.

    Args:
        vendor: The pact's vendor, such as "nuki".
        adapter: The adapter class of the client.
        command: The adapter's program instead, for a client in another language, such as "node adapter.mjs".
        examples: How many runs of the state machine.
        seed: The same seed gives the same run.
        laws: The ids of the laws to judge. None: all.
        library_logs: The level from which lines that HTTP libraries log count as the client's.

    Raises:
        AssertionError: A law is broken (with the stories), or nothing could be judged.
        UnknownPact: There is no pact for this vendor.
        CouldNotRun: The client could not be constructed, a method does not fit the port, a law id is unknown, or the program
            does not start.
        TypeError: There must be an adapter or a command, and not both.
    """
    if (adapter is None) == (command is None):
        raise TypeError("assert_keeps takes an adapter class, or the command of an adapter's program")
    pact = load(vendor)
    with ExitStack() as stack:
        program = None if command is None else stack.enter_context(running(pact, command))
        stage = partial(WorldStage, pact, seed=seed, library_logs=library_logs, program=program)
        driven = adapter if program is None else program.adapter()
        report = check(pact, driven, stage, examples=examples, seed=seed, laws=laws)
    if report.broken or report.code == NOTHING:
        raise AssertionError("\n\n".join([summary(report), *report.stories().values()]))
