"""One of the two servers: sends it the steps of a sequence, and writes down what it said.

A stand-in whose control door is given is asked in a fork of its world, with its time in our hand; it goes back to the
same moment before each sequence. Any other server is asked as it is, within what is allowed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from shlex import quote
from typing import Any
from urllib.parse import urlencode

import httpx

from lockpact.core.http_client import to_vendor
from lockpact.core.pact import LiveRules
from lockpact.drift.created_objects import CreatedObject, CreatedObjects
from lockpact.drift.fork import PATIENCE, WorldFork
from lockpact.drift.script import (
    DeviceOperation,
    HttpOperation,
    Missing,
    OperationTable,
    Ref,
    SequenceStep,
    WaitOperation,
    filled,
    reach,
)
from lockpact.live.stage import Limits
from lockpact.report.story import mask

__all__ = ["Observation", "ServerUnderTest"]

_NO_DOOR = "no control door is known"
_SHORT = 3
"""Letters of a text that stands in much that is no secret."""


@dataclass
class Observation:
    """What one step came to. `status` None: no answer came, and `said` tells why; -1: nothing of that kind was known."""

    step: SequenceStep
    line: str
    status: int | None
    said: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    """The step as a command to repeat by hand, without secrets."""


class ServerUnderTest:
    """See the module. `shown` is the vendor's part of a ready document, and `place` where the server is in it (`url`,
    `servers.production`). A stand-in is asked in this fork of its world."""

    def __init__(
        self,
        script: OperationTable,
        vendor: str,
        shown: Mapping[str, Any],
        limits: Limits,
        rules: LiveRules,
        *,
        secrets: Callable[[Mapping[str, Any]], list[str]],
        place: str = "url",
        fork: WorldFork | None = None,
        only: Mapping[str, frozenset[str]] | None = None,
        ledger: CreatedObjects | None = None,
    ) -> None:
        self.script, self.vendor, self.limits = script, vendor, limits
        self.fork = fork
        self._shown, self._place, self._rules = fork.shown if fork is not None else shown, place, rules
        self._keys: Mapping[str, Any] = {}
        self._secrets = secrets(shown["credentials"])
        self._told_us: set[str] = set()
        self._only = only or {}
        self._ledger = ledger
        self._http = to_vendor(timeout=PATIENCE)
        self._devices: dict[str, list[str]] = {}
        self.began = 0
        self.known: dict[str, list[Any]] = {}
        if fork is None:
            self._enter()

    def _enter(self) -> None:
        """Where the credentials are not what requests carry: sign in first."""
        keys = self._rules.keys(self._place.rpartition(".")[2], self._shown["credentials"])
        self._keys = {**keys, **self._rules.sign_in(self._server(""), keys)}

    def _server(self, name: str) -> str:
        """The URL of one of the vendor's servers."""
        found: Any = self._shown
        for part in (name or self._place).split("."):
            found = found[part]
        return str(found)

    def settle(self, elapsed: float) -> None:
        """Bring a stand-in's world to this age, and keep it there as where each sequence begins."""
        assert self.fork is not None
        self.fork.advance(max(0.0, elapsed - self.fork.elapsed))
        self._enter()
        self.fork.keep()
        self._devices = self.fork.devices()

    # ---- a sequence

    def run(self, steps: Sequence[SequenceStep]) -> list[Observation]:
        """Each step, in its order; behind them what was delivered."""
        self.known = {}
        if self.fork is not None:
            self.fork.restore()
        self.began = time.time_ns() // 1000 if self.fork is None else self.fork.now
        seen = []
        for step in steps:
            if not self.limits.left:
                break
            seen.append(self._do(step))
            if self.fork is not None and not self.script.reads(step):
                # What this step sent out arrives before the next, whatever the machine is busy with; and what the next
                # makes is younger.
                self.fork.advance(0.001)
        if self.fork is None:
            self.tidy()
            return seen
        return seen + [_delivery(told) for told in self.fork.deliveries(self.began)]

    def _do(self, step: SequenceStep) -> Observation:
        line, draws = self.script.line(step.line), cycle(step.draws or (0,))
        try:
            match line:
                case HttpOperation():
                    return self._ask(step, line, draws)
                case DeviceOperation():
                    return self._act(step, line, draws)
                case WaitOperation():
                    return self._wait(step, line, draws)
        except Missing as missing:
            return Observation(step, line.name, -1, f"no {missing} is known")

    def _ask(self, step: SequenceStep, line: HttpOperation, draws: Iterator[int]) -> Observation:
        if not self.limits.may(line.place, line.method):
            return Observation(step, line.name, -1, "it is not allowed")
        return self._send(step, line, draws)

    def _send(self, step: SequenceStep, line: HttpOperation, draws: Iterator[int]) -> Observation:
        def fill(template: Any) -> Any:
            return filled(template, draws, self.known, self._keys, self.began)

        base = self._server(line.server)
        url, query = f"{base}{fill(line.path)}", fill(line.query)
        headers = {name: str(value) for name, value in fill(line.headers).items()}
        body = fill(line.body)
        content: bytes | None = None
        if line.fields is not None:
            content = urlencode(fill(line.fields)).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif line.body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json")
        if query:
            url += f"?{urlencode(query)}"
        asked = self._curl(line.method, url, headers, content)
        self.limits.spend()
        entry = self._intended(line, base, body)
        try:
            answer = self._http.request(line.method, url, headers=headers, content=content)
        except httpx.TransportError as lost:
            return Observation(step, line.name, None, type(lost).__name__, asked=asked)
        said = _said(answer)
        self._told_us |= _under(self.script.secret, said)
        if entry is not None and self._ledger is not None:
            found = {kind: reach(said, where)[:1] for kind, where in line.finds.items() if answer.is_success}
            if line.called and answer.is_success:
                found[line.creates] = [entry.id]
            self._ledger.made(entry, found.pop(line.creates, []), found)
        if not self.script.fails(answer.status_code, said):
            self._learn(line, said)
        headers = {n.lower(): v for n, v in answer.headers.items()}
        return Observation(step, line.name, answer.status_code, said, headers, asked)

    def _intended(self, line: HttpOperation, server: str, body: Any) -> CreatedObject | None:
        """Into the ledger, unless it is there under its name already."""
        if self._ledger is None or not line.creates:
            return None
        name = next(iter(reach(body, line.called)), None) if line.called else None
        if name is not None and self._ledger.lists(server, line.creates, name):
            return None
        return self._ledger.intend(line, server, name)

    def _learn(self, line: HttpOperation | DeviceOperation, said: Any) -> None:
        for kind, where in line.finds.items():
            known = self.known.setdefault(kind, [])
            allowed = self._only.get(kind)
            known += [
                value
                for value in dict.fromkeys(reach(said, where))
                if value not in known and (allowed is None or str(value) in allowed)
            ]

    def _act(self, step: SequenceStep, line: DeviceOperation, draws: Iterator[int]) -> Observation:
        if self.fork is None:
            return Observation(step, line.name, -1, _NO_DOOR)
        args = dict(filled(line.args, draws, self.known, self._keys, self.began))
        if line.after is not None:
            args["after"] = line.after.options[next(draws) % len(line.after.options)]
        if isinstance(line.device, Ref):
            where = self.fork.hardware(line.device.among(self.known, draws), line.action)
        elif line.device:
            where = self.fork.hardware(Ref(line.device).among(self._devices, draws), line.action)
        else:
            where = self.fork.support(line.action)
        answer = self.fork.act(where, args)
        if answer.is_success:
            self._learn(line, _said(answer))
        asked = self._curl("POST", where, {}, json.dumps(args).encode())
        return Observation(step, line.name, answer.status_code, _said(answer) if line.told else None, asked=asked)

    def _wait(self, step: SequenceStep, line: WaitOperation, draws: Iterator[int]) -> Observation:
        if self.fork is None:
            return Observation(step, line.name, -1, _NO_DOOR)
        seconds = line.seconds.options[next(draws) % len(line.seconds.options)]
        self.fork.advance(seconds)
        asked = self._curl("POST", self.fork.clock, {}, json.dumps({"seconds": seconds}).encode())
        return Observation(step, line.name, 200, None, asked=asked)

    def _curl(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> str:
        words = ["curl"] if method == "GET" and content is None else ["curl", "-X", method]
        words.append(quote(url if self.fork is None else self.fork.original(url)))
        words += [part for name, value in headers.items() for part in ("-H", quote(f"{name}: {value}"))]
        if content is not None:
            words += ["-d", quote(content.decode())]
        return mask(" ".join(words), self.secrets)

    @property
    def secrets(self) -> frozenset[str]:
        """What nobody else may see: all credentials, and what signing in added to them."""
        told = {text for text in self._told_us if len(text) > _SHORT}
        return frozenset({*self._secrets, *_texts(self._keys), *told}) - {""}

    @property
    def addresses(self) -> list[str]:
        """This server's own URLs."""
        return [text for text in _texts(self._shown) if text.startswith("http")]

    def tidy(self) -> list[CreatedObject]:
        """Remove what was made here. → what could not be."""
        left = []
        for entry in self._ledger.left if self._ledger is not None else ():
            if entry.server not in _texts(self._shown):
                continue
            if entry.id is None or not self.remove(entry):
                left.append(entry)
            elif self._ledger is not None:
                self._ledger.removed(entry)
        return left

    def remove(self, entry: CreatedObject) -> bool:
        """Remove what was created. → whether it is gone. What was created may be removed, whatever else is allowed."""
        line = self.script.removes.get(entry.kind)
        if line is None:
            return False
        self.known = {**{kind: list(things) for kind, things in entry.beside.items()}, entry.kind: [entry.id]}
        seen = self._send(SequenceStep(line.name), line, cycle((0,)))
        return seen.status == 404 or (seen.status is not None and not self.script.fails(seen.status, seen.said))

    def close(self) -> None:
        """Drop the fork, and hang up."""
        if self.fork is not None:
            self.fork.close()
        self._http.close()


def _delivery(told: Mapping[str, Any]) -> Observation:
    """What was sent out, as a step of its own."""
    name = f"delivery {told['kind']}"
    said = {"body": _json(told.get("body", "")), "attempts": len(told["attempts"])}
    return Observation(SequenceStep(name), name, 200, said, asked=f"# delivered to {told['to']}")


def _said(answer: httpx.Response) -> Any:
    return _json(answer.text)


def _json(text: str) -> Any:
    """JSON where it is JSON (its keys in their order), the text itself where it is not."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _under(keys: frozenset[str], said: Any) -> set[str]:
    """The texts that an answer has under these keys, at any depth."""
    if isinstance(said, list):
        return set().union(*(_under(keys, item) for item in said))
    if not isinstance(said, dict):
        return set()
    here = {value for key, value in said.items() if key in keys and isinstance(value, str)}
    return here.union(*(_under(keys, value) for value in said.values()))


def _texts(thing: object) -> list[str]:
    if isinstance(thing, Mapping):
        return [text for value in thing.values() for text in _texts(value)]
    return [thing] if isinstance(thing, str) else []
