"""Judge any program: run it with the simulators' addresses in its environment, then read the journal and what it printed.

One run judges the laws of conduct of all vendors, by the traffic, and that no credential was printed. Several runs have seeds
of their own. With storms the first run is calm, and must end with exit code 0; each further one begins with another subset of
faults (`lockpact.driving.faults.short_storm`). `lockpact.live.program_laws` says what a storm can show of a program that one
only watches.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from shlex import join
from time import perf_counter
from typing import Any

from lockpact.core.interruption import report_so_far
from lockpact.core.law import Law
from lockpact.core.pact import PACTS, Pact
from lockpact.core.step import EnvironmentEvent
from lockpact.core.traffic import Exchange, Traffic
from lockpact.core.verdict import Breach, Judge, Verdict
from lockpact.driving.faults import short_storm
from lockpact.live.program import Program
from lockpact.live.program_laws import PRINTS_NO_SECRETS, ProgramJudge, merged
from lockpact.report.findings import Report
from lockpact.simulators.journal_story import event_of
from lockpact.simulators.journal_traffic import traffic_of
from lockpact.simulators.served import behind_proxy, connection_info, exported, inject, injected, journal, served

__all__ = ["Options", "environment", "watch"]

STORMS = 5
"""How many runs have a storm, unless a number is given."""
_TOKENS = ("access_token", "refresh_token", "token")
"""Keys of answers whose values are credentials that a program gets while it runs."""


@dataclass(frozen=True)
class Options:
    """How a program is watched."""

    seed: int = 0
    clock: str = "real"
    repeat: int | None = None
    """How many runs there are, each with the next seed; with storms, how many of these. None: one, or `STORMS`."""
    storm: bool = False
    timeout: float | None = None
    """Seconds after which the program is ended. What it did until then is judged."""
    proxy: Sequence[str] | None = None
    """Give it a proxy for the vendors' real hosts, which lets these other hosts through. None: no proxy."""

    def runs(self) -> list[tuple[int, bool]]:
        """Return the seed of each run, and whether it has a storm."""
        count = self.repeat or (STORMS if self.storm else 1)
        seeds = range(self.seed, self.seed + count)
        calm = [(self.seed, False)] if self.storm else []
        return [*calm, *((seed, self.storm) for seed in seeds)]

    def flags(self, seed: int) -> list[str]:
        """Return the flags of the command line that watch a run of this seed again."""
        flags = ["--seed", str(seed)]
        flags += ["--clock", self.clock] if self.clock != "real" else []
        flags += ["--storm", "--repeat", "1"] if self.storm else []
        flags += ["--timeout", f"{self.timeout:g}"] if self.timeout is not None else []
        flags += ["--proxy"] if self.proxy is not None else []
        return [*flags, *(part for host in self.proxy or () for part in ("--proxy-pass", host))]


def watch(
    pacts: Sequence[Pact],
    command: Sequence[str],
    options: Options | None = None,
    *,
    show: Callable[[str], None] = lambda what: None,
) -> Report:
    """Run the command with fresh simulators of these vendors, then judge what it sent them and what it printed.

    Args:
        pacts: The vendors' pacts.
        command: The program and its arguments.
        options: How it is watched.
        show: Called before each of several runs with a line about it.

    Raises:
        CouldNotRun: The command cannot be started.
    """
    options = options or Options()
    watched = _Watched(pacts, command, options)
    runs = options.runs()
    refusals: dict[str, Sequence[str]] = {}
    report_so_far(lambda: watched.report().model())
    for number, (seed, storm) in enumerate(runs, 1):
        if number == 2:
            # What the first run has asked decides, so that a later one can be repeated alone.
            refusals = {pact.vendor: pact.passing for pact in watched.asked()}
        faults = short_storm(seed, refusals) if storm else []
        if len(runs) > 1:
            show(f"run {number} of {len(runs)}, seed {seed}" + (f", storm: {_named(faults)}" if storm else ""))
        watched.run(seed, faults)
        if options.storm and watched.failed:
            break  # it fails without faults, so a storm would show nothing
    return watched.report()


def environment(pacts: Sequence[Pact], info: Mapping[str, Any]) -> dict[str, str]:
    """Return the command's environment variables: the control API's URL, and each vendor's variables."""
    variables = {"LOCKPACT_CONTROL": str(info["control"])}
    for pact in pacts:
        variables |= {name: value_in(info["vendors"][pact.vendor]) for name, value_in in pact.environment.items()}
    return variables


@dataclass
class _Watched:
    """The program, and what its runs have shown so far."""

    pacts: Sequence[Pact]
    command: Sequence[str]
    options: Options
    began: float = field(default_factory=perf_counter)
    exchanges: Counter[str] = field(default_factory=Counter)
    """Vendor → how many requests it got in all runs."""
    secrets: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    failed: bool = False

    def __post_init__(self) -> None:
        self._judges = {pact.vendor: Judge(pact.laws, "traffic", lambda _: True) for pact in self.pacts}
        self._program = ProgramJudge(self.options.storm)

    def run(self, seed: int, faults: Sequence[Mapping[str, Any]]) -> None:
        """Run the command once, and judge it; also if Ctrl-C ends it. Raises CouldNotRun, KeyboardInterrupt."""
        names = [pact.vendor for pact in self.pacts]
        with served(names, seed=seed, clock=self.options.clock, proxy=self.options.proxy) as info:
            inject(info["control"], info["world"], faults)
            program = Program(self.command, behind_proxy(info, os.environ) | environment(self.pacts, info))
            try:
                program.run(self.options.timeout)
            except KeyboardInterrupt:
                self._judge(program, info, seed, storm=False)
                self.notes.append("the command was interrupted; what it would have done next was not judged")
                report = self.report()
                report_so_far(report.model)
                raise
            self._judge(program, info, seed, storm=bool(faults))

    def asked(self) -> list[Pact]:
        """Return the pacts of the vendors that the program has sent something to; all if it has sent nothing."""
        return [pact for pact in self.pacts if self.exchanges[pact.vendor]] or list(self.pacts)

    def report(self) -> Report:
        """Return the verdicts of all runs so far."""
        asked = self.asked()
        verdicts: list[Verdict] = [*self._program.verdicts()]
        for pact in asked:
            verdicts += self._judges[pact.vendor].verdicts()
        return Report(
            vendor=", ".join(pact.vendor for pact in asked),
            document=", ".join(pact.document for pact in asked),
            subject=join(self.command),
            verdicts=verdicts,
            seconds=perf_counter() - self.began,
            secrets=sorted(self.secrets),
            notes=self._all_notes(asked),
            failed=self.failed or not self.exchanges.total(),
        )

    def _all_notes(self, asked: Sequence[Pact]) -> list[str]:
        notes = list(dict.fromkeys(self.notes))
        silent = [pact.vendor for pact in self.pacts if pact not in asked]
        if silent:
            notes.append(f"nothing was sent to {', '.join(silent)}, so their laws were not judged")
        if not self.exchanges.total():
            names = ", ".join(name for pact in self.pacts for name in pact.environment)
            notes.append(
                f"the command sent nothing to the simulators; their addresses are in {names}. If its hosts are fixed, use --proxy"
            )
        return notes

    # ---- judging one run

    def _judge(self, program: Program, info: Mapping[str, Any], seed: int, *, storm: bool) -> None:
        control, world = info["control"], info["world"]
        entries = journal(control, world)
        traffics = {pact.vendor: traffic_of(entries, pact.vendor) for pact in self.pacts}
        self.exchanges.update({vendor: len(traffic) for vendor, traffic in traffics.items()})
        now = connection_info(control)
        secrets = dict(_secrets(self.pacts, (info, now), traffics))
        self.secrets.update(secrets)
        faults = injected(control, world)
        named = [] if len(self.pacts) == len(PACTS) else [pact.vendor for pact in self.pacts]
        reproduce = join(["lockpact", "watch", *named, *self.options.flags(seed), "--", *self.command])

        def made(law: Law, traffic: Traffic, until: int, document: str) -> Breach:
            text, events = exported(control, world, until), list(_events(entries, until, faults))
            return Breach(law, "", (), traffic, text, events=events, document=document, reproduce=reproduce)

        for pact in self.pacts:
            judge = self._judges[pact.vendor]
            known = set(judge.breaches)
            judge.traffic(traffics[pact.vendor])
            for id_ in judge.breaches.keys() - known:
                breach = judge.breaches[id_]
                until = _first_broken(entries, pact.vendor, breach)
                traffic = traffic_of(entries[:until], pact.vendor)
                last = entries[until - 1]["n"]
                judge.breaches[id_] = replace(made(breach.law, traffic, last, pact.document), sentence=breach.sentence)

        def whole() -> Breach:
            last = entries[-1]["n"] if entries else 0
            return made(PRINTS_NO_SECRETS, merged(traffics.values()), last, "any program")

        self._program.output(program.outputs, secrets, whole)
        if storm:
            costs = list(_costs(entries, traffics, faults))
            self._program.end_of_storm(program.code, costs, whole)
        self._note(program, now, storm=storm)

    def _note(self, program: Program, info: Mapping[str, Any], *, storm: bool) -> None:
        if program.code is None and self.options.timeout is not None:
            self.notes.append(
                f"the command was ended after {self.options.timeout:g} s; what it did until then was judged"
            )
        elif program.code and not storm:
            self.failed = True
            self.notes.append(
                f"the command ended with exit code {program.code}; what it would have done next was not judged"
            )
        for output in program.outputs:
            if not output.whole:
                self.notes.append(
                    f"{output.stream} was longer than what is kept; only its beginning was judged for secrets"
                )
        refused = info.get("proxy", {}).get("refused", {})
        if refused:
            hosts = ", ".join(f"{host} ({count} times)" if count > 1 else host for host, count in refused.items())
            self.notes.append(f"the proxy refused {hosts}; let a host through with --proxy-pass HOST")


def _first_broken(entries: Sequence[Mapping[str, Any]], vendor: str, breach: Breach) -> int:
    """Return how many entries of the journal suffice to break the law with the same sentence."""
    judge = breach.law.of_conduct
    assert judge is not None, "only laws of conduct are broken by traffic"

    def broken(count: int) -> bool:
        try:
            judge(traffic_of(entries[:count], vendor))
        except AssertionError as sentence:
            return str(sentence).startswith(breach.sentence)
        return False

    # One entry less than `most` does not break it, and `most` does, whatever lies between.
    least, most = 0, len(entries)
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if broken(middle) else (middle, most)
    return most


def _events(
    entries: Sequence[Mapping[str, Any]], until: int, faults: Sequence[Mapping[str, Any]]
) -> Iterator[EnvironmentEvent]:
    """Yield what testers and faults did in the world, up to an entry."""
    kinds = {fault["id"]: _named([fault]) for fault in faults}
    for entry in entries:
        if entry["n"] > until:
            return
        struck = ", ".join(kinds[id_] for id_ in entry.get("struck", ()) if id_ in kinds)
        what = f"the next request meets a fault: {struck}" if struck else event_of(entry)
        if what:
            yield EnvironmentEvent(int(datetime.fromisoformat(entry["at"]).timestamp() * 1_000_000), what)


def _costs(
    entries: Sequence[Mapping[str, Any]], traffics: Mapping[str, Traffic], faults: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Exchange, bool]]:
    """Yield each request, and whether a fault has cost its answer: it was refused, or no complete one came."""
    kinds = {fault["id"]: fault["effect"]["kind"] for fault in faults}
    left = {vendor: iter(traffic) for vendor, traffic in traffics.items()}
    for entry in entries:
        if entry["kind"] == "request" and entry["vendor"] in left:
            exchange = next(left[entry["vendor"]])
            struck = {kinds.get(id_) for id_ in entry.get("struck", ())}
            yield exchange, bool(struck) and ("refuse" in struck or not exchange.answered)


def _secrets(
    pacts: Sequence[Pact], infos: Sequence[Mapping[str, Any]], traffics: Mapping[str, Traffic]
) -> Iterator[tuple[str, str]]:
    """Yield what the program must not print, each with what it is: the vendors' credentials, and tokens that it was given."""
    for pact in pacts:
        for info in infos:
            for secret in pact.secrets(info["vendors"][pact.vendor]["credentials"]):
                yield secret, f"a credential of {pact.vendor}"
        for exchange in traffics[pact.vendor]:
            answer = exchange.json
            if isinstance(answer, dict):
                yield from ((str(answer[key]), f"a token of {pact.vendor}") for key in _TOKENS if answer.get(key))


def _named(faults: Sequence[Mapping[str, Any]]) -> str:
    """Return faults in a few words, each with the vendor if it is one's own: `nuki unavailable, reset after`."""
    return ", ".join(_words(fault.get("vendor"), fault["effect"]) for fault in faults)


def _words(vendor: str | None, effect: Mapping[str, Any]) -> str:
    words = (vendor, effect["name"] if effect["kind"] == "refuse" else effect["kind"], effect.get("when"))
    return " ".join(word for word in words if word)
