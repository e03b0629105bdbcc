"""A Nuki client that keeps every law: what an adapter may look like when the client is written to its port.

It is the pact's own yardstick (a law that it breaks is wrong, or the stand-in is) and drives servers for `conform`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import SecretQueryTransport, secret_query
from lockpact.nuki.port import (
    Action,
    BadCallback,
    CredentialError,
    Disabled,
    Done,
    Failed,
    Found,
    Lock,
    LockState,
    Maintenance,
    NoFreeSlot,
    NotSupported,
    NukiError,
    State,
    Unavailable,
    UnknownLock,
)

__all__ = ["Reference"]

DISCOVERY = "https://factory.nuki.io/discover/bridges"
WINDOW = 40.0
"""Seconds to wait for /auth: the button's 30, and some for the way."""
MOTOR = 30.0
"""Seconds to wait for a motor."""
PATIENCE = 10.0
"""Seconds to wait for everything else."""
PAUSES = (1.0, 2.0)
"""Seconds before each further try."""
SOFTWARE = 2
LONGEST, SLOTS = 254, 3

DONE = {
    Action.UNLOCK: State.UNLOCKED,
    Action.LOCK: State.LOCKED,
    Action.UNLATCH: State.UNLATCHED,
    Action.LOCK_N_GO: State.UNLOCKED_LOCK_N_GO,
    Action.LOCK_N_GO_UNLATCH: State.UNLOCKED_LOCK_N_GO,
}


class Reference:
    """Implements `lockpact.nuki.port.NukiPort`. Keeps to itself what it reads: `believed_state` never dials."""

    def __init__(self, connection: Connection) -> None:
        self._token: str | None = connection.credentials.get("token")
        self._url = connection.url
        # httpx logs the URL of each request, and the token is part of the query.
        self._http = httpx.Client(transport=SecretQueryTransport(connection.transport), timeout=PATIENCE)
        self._one_at_a_time = threading.Lock()
        self._believed: dict[int, State] = {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- getting in

    def authorize(self) -> str | None:
        """One /auth call, listened to for as long as the button has."""
        answer = self._object(self._once("/auth", WINDOW))
        if not answer.get("success"):
            return None
        self._token = self._text(answer, "token")
        return self._token

    def discover(self) -> Sequence[Found]:
        """A bridge that hides its address has none."""
        bridges = self._object(self._sent(DISCOVERY, {}, PATIENCE)).get("bridges", [])
        return [
            Found(b["bridgeId"], (b["ip"], b["port"]) if b["port"] and b["ip"] != "0.0.0.0" else None)  # noqa: S104 - its own sign
            for b in bridges
        ]

    # ---- looking

    def list_locks(self) -> Sequence[Lock]:
        """Locks that were never read are UNKNOWN."""
        entries = self._ask("/list")
        if not isinstance(entries, list):
            raise Failed("the bridge answered /list with something that is no list")
        return [self._lock(entry) for entry in entries]

    def lock_state(self, lock: int) -> LockState:
        """Asks the lock itself, and forgets what it believed when it cannot."""
        self._believed.pop(lock, None)
        answer = self._object(self._ask("/lockState", nukiId=lock))
        if not answer.get("success"):
            raise Unavailable(f"the bridge could not retrieve the state of lock {lock}")
        seen = LockState(State.of(answer.get("state")), bool(answer.get("batteryCritical")))
        self._believed[lock] = seen.state
        return seen

    def believed_state(self, lock: int) -> State | None:
        """What was read last, and nothing that was only ordered or pushed."""
        return self._believed.get(lock)

    def refresh(self) -> None:
        """Read every lock, one after another."""
        for entry in self.list_locks():
            try:
                self.lock_state(entry.id)
            except (Unavailable, UnknownLock):
                continue

    def on_callback(self, body: bytes) -> None:
        """A push tells that something changed, not what is so now: read again."""
        try:
            lock = json.loads(body)["nukiId"]
            self.lock_state(lock)
        except (ValueError, KeyError, TypeError, NukiError):
            return

    # ---- acting

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        """A lost answer to LOCK is asked for again; one to an opening action only after a look."""
        tries = 2 if action.opens else len(PAUSES) + 1
        for number in range(tries):
            self._believed.pop(lock, None)
            try:
                return self._act_once(lock, action, wait=wait)
            except Unavailable:
                if number == tries - 1:
                    raise
            time.sleep(PAUSES[number])
            if action.opens and (seen := self.lock_state(lock)).state is not State.LOCKED:
                return self._was_done(lock, action, seen)
        raise AssertionError("the last try returns or raises")

    def unpair(self, lock: int) -> None:
        """On hardware bridges only."""
        self._only_on_hardware("/unpair")
        self._succeeded(self._ask("/unpair", nukiId=lock))
        self._believed.pop(lock, None)

    def maintain(self, task: Maintenance) -> None:
        """On hardware bridges only. Never sent twice."""
        self._only_on_hardware(task.value)
        self._once(task.value)

    # ---- being called back

    def register_callback(self, url: str) -> None:
        """Looks whether it is registered before it takes a slot."""
        if not url.startswith("http://") or len(url) > LONGEST:
            raise BadCallback(f"a callback is an http URL of at most {LONGEST} characters")
        registered = self._callbacks()
        if url in registered:
            return
        if len(registered) >= SLOTS:
            raise NoFreeSlot(f"the bridge has {SLOTS} callbacks already; remove one in its list first")
        self._succeeded(self._ask("/callback/add", url=url))

    def unregister_callback(self, url: str) -> None:
        """Removes by the id that the bridge's list gives."""
        slot = self._callbacks().get(url)
        if slot is not None:
            self._succeeded(self._ask("/callback/remove", id=slot))

    # ---- inner

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        answer = self._object(
            self._once("/lockAction", MOTOR, nukiId=lock, action=action.value, noWait=0 if wait else 1)
        )
        if not answer.get("success"):
            raise Failed(f"the bridge says that {action.name} did not succeed on lock {lock}")
        return Done(completed=wait, battery_critical=bool(answer.get("batteryCritical")))

    def _was_done(self, lock: int, action: Action, seen: LockState) -> Done:
        """The answer was lost, and the lock is no longer locked: it was told, or had been open before."""
        if not seen.state.moving and seen.state is not DONE[action]:
            raise Unavailable(f"the answer was lost, and lock {lock} does not tell whether it did {action.name}")
        return Done(completed=seen.state is DONE[action], battery_critical=seen.battery_critical)

    def _only_on_hardware(self, path: str) -> None:
        if self._object(self._ask("/info")).get("bridgeType") == SOFTWARE:
            raise NotSupported(f"a software bridge has no {path}")

    def _callbacks(self) -> dict[str, int]:
        return {entry["url"]: entry["id"] for entry in self._object(self._ask("/callback/list")).get("callbacks", [])}

    def _succeeded(self, answer: Any) -> None:
        said = self._object(answer)
        if not said.get("success"):
            raise Failed(str(said.get("message") or "the bridge says that it did not succeed"))

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        known = entry.get("lastKnownState") or {}
        battery = bool(known.get("batteryCritical"))
        return Lock(entry["nukiId"], str(entry.get("name", "")), State.of(known.get("state")), battery)

    @staticmethod
    def _object(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise Failed("the bridge's answer is no JSON object")
        return answer

    @staticmethod
    def _text(answer: dict[str, Any], key: str) -> str:
        value = answer.get(key)
        if not isinstance(value, str) or not value:
            raise Failed(f"the bridge's answer has no {key}")
        return value

    def _ask(self, path: str, **params: Any) -> Any:
        """What may be asked again: tried three times."""
        for pause in PAUSES:
            try:
                return self._once(path, **params)
            except Unavailable:
                time.sleep(pause)
        return self._once(path, **params)

    def _once(self, path: str, timeout: float = PATIENCE, **params: Any) -> Any:
        """Send one request to the bridge, with the token unless it is /auth."""
        if self._token is not None and path != "/auth":
            params["token"] = self._token
        with self._one_at_a_time:
            return self._sent(self._url + path, params, timeout)

    def _sent(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        """The answer's JSON (None for none). Errors tell the path, never the query."""
        path = httpx.URL(url).path
        try:
            answer = self._http.get(url, timeout=timeout, extensions=secret_query(params))
        except httpx.TransportError as lost:
            raise Unavailable(f"{path}: {type(lost).__name__}, no answer from the bridge") from None
        if answer.status_code != httpx.codes.OK:
            raise self._refused(path, answer.status_code)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise Failed(f"{path}: the bridge's answer is no JSON") from None

    @staticmethod
    def _refused(path: str, status: int) -> NukiError:
        match status:
            case 401:
                return CredentialError(f"{path}: the bridge does not take this token; authorize again")
            case 403:
                return Disabled(f"{path}: authorization is switched off; switch it on in the Nuki app")
            case 404 if path in ("/lockState", "/lockAction", "/unpair"):
                return UnknownLock(f"{path}: no paired lock has this id")
            case 404:
                return NotSupported(f"{path}: this bridge does not know it")
            case 400 if path == "/callback/add":
                return BadCallback(f"{path}: the bridge does not take this URL")
            case 503:
                return Unavailable(f"{path}: the lock is offline, or the bridge is busy")
        return Failed(f"{path}: the bridge answered HTTP {status}")
