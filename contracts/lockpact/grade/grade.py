"""Grade a test suite: which changes of the vendor does it notice?

The suite's own command runs once beside the vendor's stand-in unharmed, and once beside each variant of it; several at a
time. A run that fails has noticed. One that passes has let the variant live, and the paper says what it would have
missed. The command finds its stand-in as under `lockpact watch`; tests that use lockpact's pytest fixtures find the
variant in `LOCKPACT_VARIANTS`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from shlex import join
from time import perf_counter

from lockpact.core.pact import Pact
from lockpact.live.watch import environment
from lockpact.report.findings import BROKEN, KEPT, CouldNotRun
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.served import on_all_servers, served, variants_of

__all__ = ["VARIABLE", "grade"]

VARIABLE = "LOCKPACT_VARIANTS"
"""Where lockpact's pytest fixtures look for what to plant: ids with blanks between them."""
_LAST_LINES = 12


@dataclass(frozen=True)
class _Run:
    """What one run of the command came to: its exit code (None: it took too long), and what it said last."""

    code: int | None
    said: str


def grade(
    pact: Pact,
    command: Sequence[str],
    *,
    only: Collection[str] = (),
    jobs: int = 0,
    timeout: float = 600.0,
    seed: int = 0,
    clock: str = "auto",
    tell: Callable[[str], None] = lambda what: None,
) -> ReportModel:
    """See the module. `jobs` at a time (0: one a core). Raises CouldNotRun when the suite fails beside the unharmed
    stand-in, or nothing could be planted.
    """
    began = perf_counter()
    known = variants_of(pact.vendor)
    stray = set(only) - known.keys()
    if stray or not known:
        raise CouldNotRun(
            f"there is no variant {', '.join(sorted(stray)) or 'at all'}; `locksim variants {pact.vendor}` lists them"
        )
    chosen = {id_: known[id_] for id_ in known if not only or id_ in only}
    tell("unharmed")
    first = _run(pact, command, (), seed, clock, timeout)
    if first.code != 0:
        how = "took too long" if first.code is None else f"ended with {first.code}"
        raise CouldNotRun(f"the suite {how} beside the unharmed stand-in, so it can notice nothing:\n{first.said}")
    rows: dict[str, Row] = {}

    def one(id_: str) -> None:
        run = _run(pact, command, (id_,), seed, clock, timeout)
        rows[id_] = _row(id_, chosen[id_], run)
        tell(f"{len(rows)} of {len(chosen)} variants")

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for done in [pool.submit(one, id_) for id_ in chosen]:
            done.result()
    alive = sum(row.tone == "bad" for row in rows.values())
    seconds = perf_counter() - began
    return ReportModel(
        title=f"{join(command)} and the changes that {pact.title} might make",
        vendor=pact.vendor,
        heading="variant",
        counted="",
        rows=[rows[id_] for id_ in chosen],
        summary=f"{len(rows) - alive} of {len(rows)} noticed, {alive} let live, {seconds:.1f} s",
        code=BROKEN if alive else KEPT,
        about=pact.document,
        seconds=seconds,
        facts={"command": join(command), "seed": str(seed)},
    )


def _row(id_: str, variant: dict[str, str], run: _Run) -> Row:
    sentence = f"{variant['sentence']} ({variant['class']}, {variant['weight']})"
    if run.code == 0:
        return Row(id_, "lives", "bad", sentence, why="the suite passed beside it")
    return Row(id_, "noticed" if run.code is not None else "noticed, too late", "good", sentence)


def _run(pact: Pact, command: Sequence[str], variants: Sequence[str], seed: int, clock: str, timeout: float) -> _Run:
    """The command beside a stand-in of its own. Raises CouldNotRun when it cannot be started."""
    planted = on_all_servers(variants)
    with served([pact.vendor], seed=seed, clock=clock, variants=planted) as ready:
        more = environment([pact], ready) | {VARIABLE: " ".join(planted)}
        try:
            ended = subprocess.run(  # noqa: S603 - the user's own
                command, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=timeout
            )
        except subprocess.TimeoutExpired:
            return _Run(None, "")
        except OSError as wrong:
            raise CouldNotRun(f"{command[0]} cannot be run: {wrong.strerror or wrong}") from None
    return _Run(ended.returncode, "\n".join((ended.stdout + ended.stderr).splitlines()[-_LAST_LINES:]))
