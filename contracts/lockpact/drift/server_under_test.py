"""One of the two servers: sends it the steps of a sequence, and records what it answers.

A simulator with a control API runs the steps in a fork of its world, which is restored before each sequence. Any other
server gets them directly, within the limits.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from random import Random
from shlex import quote
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import httpx

from lockpact.core.http_client import to_vendor
from lockpact.core.pact import LiveRules
from lockpact.core.secrets import mask
from lockpact.drift.created_objects import CreatedObject, CreatedObjects
from lockpact.drift.fork import TIMEOUT, WorldFork
from lockpact.drift.operations import (
    DeviceOperation,
    HttpOperation,
    Missing,
    OperationTable,
    Ref,
    SequenceStep,
    WaitOperation,
    fill,
    values_at,
)
from lockpact.live.stage import Limits
from lockpact.simulators.changes import ChangeMaker
from lockpact.simulators.known_values import alike
from lockpact.simulators.made_requests import documented_values
from lockpact.simulators.wire import Wires

__all__ = ["Observation", "ServerUnderTest"]

_NO_CONTROL = "no control API is known"
_DATED = re.compile(r"\d{4}-\d\d|\d{9}", re.ASCII)
TOO_MANY = 429
_PAUSES = (10, 20, 35)
"""Seconds between attempts while the server answers that there are too many requests: together more than a minute."""
_TOO_SHORT = 3
"""Texts of up to so many characters are not masked: they also occur in what is not secret."""


@dataclass
class Observation:
    """The outcome of one step.

    `status` is None if no answer came (`body` says why), and -1 if the step could not be sent.
    """

    step: SequenceStep
    operation: str
    status: int | None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    command: str = ""
    """The step as a command to repeat by hand, without secrets."""
    sent: Any = None
    """For a changed request, its parameters and its body: two servers are compared only if they were asked the same."""


class _Answer(NamedTuple):
    status: int | None
    headers: dict[str, str]
    text: str


_NO_ANSWER = _Answer(None, {}, "no answer")


class ServerUnderTest:
    """Sends sequences to one server.

    Args:
        table: The vendor's operations.
        vendor: The vendor's name.
        info: The vendor's part of the connection info.
        limits: What may be sent.
        rules: The vendor's rules for live servers.
        secrets: Credentials → the texts that no report may show.
        key: Where the server's URL is in `info` (`url`, `servers.production`).
        fork: For a simulator, the fork of its world in which the steps run.
        only: Kind → the ids of the only objects that may be used.
        created: For a live server, the file of what is created there.
    """

    def __init__(
        self,
        table: OperationTable,
        vendor: str,
        info: Mapping[str, Any],
        limits: Limits,
        rules: LiveRules,
        *,
        secrets: Callable[[Mapping[str, Any]], list[str]],
        key: str = "url",
        fork: WorldFork | None = None,
        only: Mapping[str, frozenset[str]] | None = None,
        created: CreatedObjects | None = None,
    ) -> None:
        self.table, self.vendor, self.limits = table, vendor, limits
        self.fork = fork
        self._info, self._key, self._rules = fork.info if fork is not None else info, key, rules
        self._credentials: Mapping[str, Any] = {}
        self._secrets = secrets(info["credentials"])
        self._secrets_in_answers: set[str] = set()
        self._only = only or {}
        self._created = created
        self._http = to_vendor(timeout=TIMEOUT) if fork is None else None
        self._wires = Wires(patience=TIMEOUT)
        """To a simulator: it takes a third of the time of httpx."""
        self._devices: dict[str, list[str]] = {}
        self.began = 0
        self.known: dict[str, list[Any]] = {}
        if fork is None:
            self._sign_in()

    def _sign_in(self) -> None:
        credentials = self._rules.keys(self._key.rpartition(".")[2], self._info["credentials"])
        self._credentials = {**credentials, **self._rules.sign_in(self._url_of(""), credentials)}

    def _url_of(self, key: str) -> str:
        """Return the URL of one of the vendor's servers; an empty key is the server under test."""
        found: Any = self._info
        for part in (key or self._key).split("."):
            found = found[part]
        return str(found)

    def settle(self, elapsed: float) -> None:
        """Advance a simulator's world to this age, and keep it as the start of each sequence."""
        assert self.fork is not None
        self.fork.advance(max(0.0, elapsed - self.fork.elapsed))
        self._sign_in()
        self.fork.keep()
        self._devices = self.fork.devices()

    # ---- a sequence

    def run(
        self, steps: Sequence[SequenceStep], done: Callable[[int], None] = lambda number: None
    ) -> list[Observation]:
        """Run the steps in order. Returns their observations, followed by those of the deliveries.

        `done` is called after each step, with how many were run.
        """
        self.known = {}
        if self.fork is not None:
            self.fork.restore()
        self.began = time.time_ns() // 1000 if self.fork is None else self.fork.now
        observations = []
        for step in steps:
            if not self.limits.left:
                break
            observations.append(self._run_step(step))
            if self.fork is not None and not self.table.reads(step):
                # Deliver what this step sent out before the next step, and give what the next step creates a later time.
                self.fork.advance(0.001)
            done(len(observations))
        if self.fork is None:
            self.remove_created()
            return observations
        return observations + [_delivery(delivery) for delivery in self.fork.deliveries(self.began)]

    def _run_step(self, step: SequenceStep) -> Observation:
        operation, draws = self.table.operation(step.operation), cycle(step.draws or (0,))
        try:
            match operation:
                case HttpOperation():
                    return self._ask(step, operation, draws)
                case DeviceOperation():
                    return self._act(step, operation, draws)
                case WaitOperation():
                    return self._wait(step, operation, draws)
        except Missing as missing:
            return Observation(step, operation.name, -1, f"no {missing} is known")

    def ask(self, operation: HttpOperation) -> Observation:
        """Send one request outside any sequence, if it is allowed; again after a while if there were too many."""
        return self._patiently(lambda: self._ask(SequenceStep(operation.name), operation, cycle((0,))))

    def _patiently(self, send: Callable[[], Observation]) -> Observation:
        """Send a request, and again after pauses as long as the answer is that there were too many requests."""
        seen = send()
        for seconds in _PAUSES:
            if seen.status != TOO_MANY or not self.limits.left:
                break
            time.sleep(seconds)
            seen = send()
        return seen

    def has_credentials(self, names: Sequence[str]) -> bool:
        """Return whether all these credentials are known."""
        return all(self._credentials.get(name) for name in names)

    def _ask(self, step: SequenceStep, operation: HttpOperation, draws: Iterator[int]) -> Observation:
        if not self.limits.allows(operation.documented_path, operation.method):
            return Observation(step, operation.name, -1, "it is not allowed")
        return self._send(step, operation, draws)

    def _send(self, step: SequenceStep, operation: HttpOperation, draws: Iterator[int]) -> Observation:
        def filled(template: Any) -> Any:
            return fill(template, draws, self.known, self._credentials, self.began)

        server = self._url_of(operation.server)
        url, query = f"{server}{filled(operation.path)}", filled(operation.query)
        headers = {name: str(value) for name, value in filled(operation.headers).items()}
        request_body, form, sent = filled(operation.body), filled(operation.fields), None
        if step.change:
            url, _, text = url.partition("?")
            query = {**dict(parse_qsl(text)), **query}
            query, request_body, form = self._changed(step.change, query, request_body, form)
            sent = {"query": query, "body": request_body, "form": form}
        content: bytes | None = None
        if operation.fields is not None:
            content = urlencode(form).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif operation.body is not None:
            content = json.dumps(request_body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json")
        if query:
            url += f"?{urlencode(query)}"
        command = self._curl(operation.method, url, headers, content)
        self.limits.spend()
        entry = self._record_creation(operation, server, query if request_body is None else request_body)
        answer = self._request(operation.method, url, headers, content)
        if answer.status is None:
            return Observation(step, operation.name, None, answer.text, command=command, sent=sent)
        body = _parsed(answer.text)
        self._secrets_in_answers |= _texts_under(self.table.secret, body)
        if entry is not None and self._created is not None:
            ids = {kind: values_at(body, where)[:1] for kind, where in operation.finds.items() if answer.status < 300}
            if operation.called and answer.status < 300:
                ids[operation.creates] = [entry.id]
            self._created.set_created(entry, ids.pop(operation.creates, []), ids)
        if not self.table.fails(answer.status, body):
            self._learn(operation, body)
        return Observation(step, operation.name, answer.status, body, answer.headers, command, sent)

    def _request(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> _Answer:
        """Send a request, and return the answer; no status if none came."""
        if self._http is None:
            try:
                answer = self._wires.ask(method, url, tuple(headers.items()), content)
            except OSError:
                return _NO_ANSWER
            if not answer.status:
                return _NO_ANSWER
            text = answer.body.decode("utf-8", errors="replace")
            return _Answer(answer.status, {name.lower(): value for name, value in answer.headers}, text)
        try:
            got = self._http.request(method, url, headers=headers, content=content)
        except httpx.TransportError:
            return _NO_ANSWER
        return _Answer(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.text)

    def _changed(self, change: int, query: Any, body: Any, form: Any) -> tuple[Any, Any, Any]:
        """Return the parts of a request with one change, or two, which this number chooses."""
        own = {str(value) for ids in self.known.values() for value in ids}
        documented = _timeless_values(self.vendor)
        maker = ChangeMaker(self._named, documented, Random(change), lambda value: str(value) in own)  # noqa: S311 - no secret
        if form is not None:
            query, form = maker.changed(query, form)
        else:
            query, body = maker.changed(query, body)
        return query, body, form

    def _named(self, name: str) -> list[Any]:
        """Return the ids that answers have had under this name, or that name a kind of object like it."""
        return [
            value
            for kind, ids in self.known.items()
            if alike(name, kind) or kind in self.table.kinds_under(name)
            for value in ids
            if not isinstance(value, tuple)
        ]

    def _record_creation(self, operation: HttpOperation, server: str, sent: Any) -> CreatedObject | None:
        """Record what a request will create, unless an object of this name is recorded already."""
        if self._created is None or not operation.creates:
            return None
        name = next(iter(values_at(sent, operation.called)), None) if operation.called else None
        if name is not None and self._created.has(server, operation.creates, name):
            return None
        return self._created.add(operation, server, name)

    def _learn(self, operation: HttpOperation | DeviceOperation, body: Any) -> None:
        """Remember the ids that an answer has, for later steps."""
        for kind, where in operation.finds.items():
            known = self.known.setdefault(kind, [])
            allowed = self._only.get(kind)
            known += [
                value
                for value in dict.fromkeys(values_at(body, where))
                if value not in known and (allowed is None or str(value) in allowed)
            ]

    def _act(self, step: SequenceStep, operation: DeviceOperation, draws: Iterator[int]) -> Observation:
        if self.fork is None:
            return Observation(step, operation.name, -1, _NO_CONTROL)
        args = dict(fill(operation.args, draws, self.known, self._credentials, self.began))
        if operation.after is not None:
            args["after"] = operation.after.options[next(draws) % len(operation.after.options)]
        if isinstance(operation.device, Ref):
            url = self.fork.hardware(operation.device.among(self.known, draws), operation.action)
        elif operation.device:
            url = self.fork.hardware(Ref(operation.device).among(self._devices, draws), operation.action)
        else:
            url = self.fork.support(operation.action)
        status, body = self.fork.act(url, args)
        if status < 300:
            self._learn(operation, body)
        command = self._curl("POST", url, {}, json.dumps(args).encode())
        return Observation(step, operation.name, status, body if operation.compared else None, command=command)

    def _wait(self, step: SequenceStep, operation: WaitOperation, draws: Iterator[int]) -> Observation:
        if self.fork is None:
            return Observation(step, operation.name, -1, _NO_CONTROL)
        seconds = operation.seconds.options[next(draws) % len(operation.seconds.options)]
        self.fork.advance(seconds)
        command = self._curl("POST", self.fork.clock, {}, json.dumps({"seconds": seconds}).encode())
        return Observation(step, operation.name, 200, None, command=command)

    def _curl(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> str:
        words = ["curl"] if method == "GET" and content is None else ["curl", "-X", method]
        words.append(self._quoted(url if self.fork is None else self.fork.original(url)))
        words += [part for name, value in headers.items() for part in ("-H", self._quoted(f"{name}: {value}"))]
        if content is not None:
            words += ["-d", self._quoted(content.decode())]
        return mask(" ".join(words), self.secrets)

    def _quoted(self, text: str) -> str:
        """Quote a word for a shell. A credential in it becomes a variable, so that the command runs when it is pasted."""
        names = {
            value: f"LOCKPACT_{self.vendor}_{key}".upper()
            for key, value in self._credentials.items()
            if isinstance(value, str) and len(value) > _TOO_SHORT
        }
        if not any(value in text for value in names):
            return quote(text)
        pieces = re.split(f"({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})", text)
        return "".join(f'"${names[piece]}"' if piece in names else quote(piece) for piece in pieces if piece)

    @property
    def secrets(self) -> frozenset[str]:
        """The texts that no report may show: credentials, what signing in added, and secrets in answers."""
        in_answers = {text for text in self._secrets_in_answers if len(text) > _TOO_SHORT}
        return frozenset({*self._secrets, *_texts(self._credentials), *in_answers}) - {""}

    @property
    def addresses(self) -> list[str]:
        """This server's own URLs."""
        return [text for text in _texts(self._info) if text.startswith("http")]

    def remove_created(self) -> list[CreatedObject]:
        """Remove what was created on this server. Returns what could not be removed."""
        left = []
        for entry in self._created.left if self._created is not None else ():
            if entry.server not in _texts(self._info):
                continue
            if entry.id is None or not self.remove(entry):
                left.append(entry)
            elif self._created is not None:
                self._created.set_removed(entry)
        return left

    def remove(self, entry: CreatedObject) -> bool:
        """Remove a created object, whatever the limits allow. Returns whether it is gone."""
        operation = self.table.removes.get(entry.kind)
        if operation is None:
            return False
        number: Any = entry.id
        if operation.located is not None:
            listing, named, numbered = operation.located
            found = self._send(SequenceStep(listing.name), listing, cycle((0,)))
            if found.status is None or self.table.fails(found.status, found.body):
                return False
            number = dict(zip(values_at(found.body, named), values_at(found.body, numbered), strict=False)).get(number)
            if number is None:
                return True  # it is not listed
        self.known = {**{kind: list(ids) for kind, ids in entry.related.items()}, entry.kind: [number]}
        # What is not removed now stays, so this waits for a server that answers no more requests for a while.
        seen = self._patiently(lambda: self._send(SequenceStep(operation.name), operation, cycle((0,))))
        return seen.status == 404 or (seen.status is not None and not self.table.fails(seen.status, seen.body))

    def close(self) -> None:
        """Delete the fork, and disconnect."""
        if self.fork is not None:
            self.fork.close()
        self._wires.close()
        if self._http is not None:
            self._http.close()


@cache
def _timeless_values(vendor: str) -> Mapping[str, Sequence[Any]]:
    """Return what the vendor's document has under each name, but no times: what is over on one server is to come on another."""
    return {
        name: [value for value in values if not _DATED.search(str(value))]
        for name, values in documented_values(vendor).items()
    }


def _delivery(delivery: Mapping[str, Any]) -> Observation:
    """Return a delivery as the observation of a step of its own."""
    name = f"delivery {delivery['kind']}"
    body = {"body": _parsed(delivery.get("body", "")), "attempts": len(delivery["attempts"])}
    return Observation(SequenceStep(name), name, 200, body, command=f"# delivered to {delivery['to']}")


def _parsed(text: str) -> Any:
    """Return the JSON value of a text, with keys in their order; the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _texts_under(keys: frozenset[str], body: Any) -> set[str]:
    """Return the texts that a body has under these keys, at any depth."""
    if isinstance(body, list):
        return set().union(*(_texts_under(keys, item) for item in body))
    if not isinstance(body, dict):
        return set()
    here = {value for key, value in body.items() if key in keys and isinstance(value, str)}
    return here.union(*(_texts_under(keys, value) for value in body.values()))


def _texts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for member in value.values() for text in _texts(member)]
    return [value] if isinstance(value, str) else []
