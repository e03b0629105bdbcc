"""Laws about a program as a whole, which is only watched: what it prints, and how it bears faults that pass.

What a storm can show: the program is a black box, and nobody asks it what it believes. So its belief is not compared with the
truth, as `lockpact check` does (`lockpact.core.law.convergence`). But a program that ends by itself makes a statement: exit
code 0 says that it has done its work. A storm here lasts for a few requests, then there is calm until the program ends, so a
request that is repeated gets its answer. Two things follow, and are judged:

1. It ends as it does without faults, with exit code 0.
2. Each request whose answer a fault has cost was sent again until it was answered. Otherwise the program has ended without
   knowing what it had asked for, or whether it was done.

A program that is ended (`--timeout`) has made no statement, so there neither is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lockpact.core.law import UNTRIGGERED, Law
from lockpact.core.secrets import mask
from lockpact.core.traffic import Exchange, Traffic
from lockpact.core.verdict import Breach, Verdict
from lockpact.live.program import Output

__all__ = [
    "ENDS_WELL",
    "LAWS",
    "PRINTS_NO_SECRETS",
    "REPEATS",
    "ProgramJudge",
    "lost_requests",
    "merged",
    "printed_secret",
]

_SHORTEST = 6
"""Characters of a text that is sure to be a secret where it is printed: `1234` is anywhere."""
_SHOWN = 200
"""The longest part of a printed line that a report shows, in characters."""


def _law(id: str, sentence: str, evidence: str) -> Law:
    return Law(id, sentence, (), evidence, (), "traffic", lambda case: UNTRIGGERED)


PRINTS_NO_SECRETS = _law(
    "WATCH-SECRET-1",
    "what it prints has no credential of a vendor",
    "credentials open doors; terminals and logs of CI are read by many",
)
ENDS_WELL = _law(
    "WATCH-STORM-1",
    "a storm of faults over, it ends as without one",
    "networks and vendors fail for moments; work that was asked for is still to be done",
)
REPEATS = _law(
    "WATCH-STORM-2",
    "what a fault has cost it, it asks for again until it is answered",
    "a lost answer says nothing: neither what is true nor whether the request was carried out",
)
LAWS = (PRINTS_NO_SECRETS, ENDS_WELL, REPEATS)


@dataclass
class ProgramJudge:
    """Collects the outcomes of these laws over several runs. The first breach of each is kept."""

    storm: bool
    """Whether storms are part of the runs."""
    judged: dict[str, int] = field(default_factory=dict)
    breaches: dict[str, Breach] = field(default_factory=dict)

    def output(self, outputs: Sequence[Output], secrets: Mapping[str, str], made: Callable[[], Breach]) -> None:
        """Judge what one run printed. `made` returns the breach, as far as it is known before."""
        self._count(PRINTS_NO_SECRETS, sum(len(output.lines()) for output in outputs))
        found = printed_secret(outputs, secrets)
        if found is not None:
            self._break(PRINTS_NO_SECRETS, found, made)

    def end_of_storm(
        self, code: int | None, requests: Sequence[tuple[Exchange, bool]], made: Callable[[], Breach]
    ) -> None:
        """Judge how one run ended that began with a storm.

        Args:
            code: the exit code; None: the program was ended.
            requests: all requests, and whether a fault has cost the answer.
            made: returns the breach, as far as it is known before.
        """
        costs = sum(lost for _, lost in requests)
        if code is None or not costs:
            return
        self._count(ENDS_WELL, 1)
        if code:
            # Whoever ends with an error has said that the work is not done.
            sentence = (
                f"without faults it ends with exit code 0; with faults that pass by themselves it ended with {code}"
            )
            self._break(ENDS_WELL, sentence, made)
            return
        self._count(REPEATS, costs)
        left = lost_requests(requests)
        if left:
            more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
            sentence = (
                f"the answer to {left[0].method} {left[0].path} was lost, it was never asked for again{more}, and the program "
                "ended with exit code 0"
            )
            self._break(REPEATS, sentence, made)

    def verdicts(self) -> list[Verdict]:
        """Return a verdict for each law; without storms for those that need none."""
        return [self._verdict(law) for law in LAWS if self.storm or law is PRINTS_NO_SECRETS]

    def _verdict(self, law: Law) -> Verdict:
        judged = self.judged.get(law.id, 0)
        if law.id in self.breaches:
            return Verdict(law, "broken", judged, self.breaches[law.id])
        if judged:
            return Verdict(law, "kept", judged)
        why = "it printed nothing" if law is PRINTS_NO_SECRETS else "no fault has cost it an answer, or it was ended"
        return Verdict(law, "not exercised", why=why)

    def _count(self, law: Law, times: int) -> None:
        self.judged[law.id] = self.judged.get(law.id, 0) + times

    def _break(self, law: Law, sentence: str, made: Callable[[], Breach]) -> None:
        if law.id not in self.breaches:
            self.breaches[law.id] = replace(made(), law=law, sentence=sentence)


def printed_secret(outputs: Iterable[Output], secrets: Mapping[str, str]) -> str | None:
    """Return where a secret (text → what it is) was printed, and what to do; None if nowhere. It is not repeated."""
    secrets = {secret: name for secret, name in secrets.items() if len(secret) >= _SHORTEST}
    found: list[str] = []
    for output in outputs:
        for number, line in enumerate(output.lines(), 1):
            names = sorted({name for secret, name in secrets.items() if secret in line})
            if names:
                masked = mask(line.strip(), secrets)
                shown = masked if len(masked) <= _SHOWN else masked[:_SHOWN] + "…"
                found.append(f"{output.stream}, line {number} shows {' and '.join(names)}: {shown}")
    if not found:
        return None
    more = f" (and {len(found) - 1} more lines)" if len(found) > 1 else ""
    return f"{found[0]}{more}. Mask it before it is printed, or raise the level of the logger that prints it"


def lost_requests(requests: Sequence[tuple[Exchange, bool]]) -> list[Exchange]:
    """Return the requests whose answer a fault has cost, and that were not answered later: by vendor, method and path."""
    left: list[Exchange] = []
    for number, (request, lost) in enumerate(requests):
        later = (
            other.answered
            for other, lost_too in requests[number + 1 :]
            if not lost_too and _kind(other) == _kind(request)
        )
        if lost and not any(later):
            left.append(request)
    return list({_kind(request): request for request in left}.values())


def _kind(request: Exchange) -> tuple[str, str, str, str]:
    return request.vendor, request.site, request.method, request.path


def merged(traffics: Iterable[Traffic]) -> Traffic:
    """Return the exchanges of several vendors in the order of their time."""
    return Traffic(sorted((one for traffic in traffics for one in traffic), key=lambda one: one.began))
