"""A Nuki client that keeps every law: an adapter whose client is written directly to the port.

The pact checks itself with it: if it breaks a law, the law is wrong or the simulator is. `conform` drives servers with it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import PlainClient, SecretQueryTransport, secret_query
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
"""Seconds to wait for /auth: 30 for the button, and some for the network."""
MOTOR = 30.0
"""Seconds to wait for a motor."""
PATIENCE = 10.0
"""Seconds to wait for everything else."""
PAUSES = (1.0, 2.0)
"""Seconds before each retry."""
SOFTWARE = 2
MAX_URL_LENGTH, SLOTS = 254, 3

DONE = {
    Action.UNLOCK: State.UNLOCKED,
    Action.LOCK: State.LOCKED,
    Action.UNLATCH: State.UNLATCHED,
    Action.LOCK_N_GO: State.UNLOCKED_LOCK_N_GO,
    Action.LOCK_N_GO_UNLATCH: State.UNLOCKED_LOCK_N_GO,
}


class Reference:
    """Implements `lockpact.nuki.port.NukiPort`. It stores the states that it reads: `believed_state` sends no request."""

    def __init__(self, connection: Connection) -> None:
        self._token: str | None = connection.credentials.get("token")
        self._hashed = connection.credentials.get("login") == "hashed"
        self._ahead = 0.0
        """How many seconds the bridge's clock is ahead of ours."""
        self._sent = 0
        self._url = connection.url
        # httpx logs the URL of each request, and the token is part of the query.
        self._http = PlainClient(transport=SecretQueryTransport(connection.transport), timeout=PATIENCE)
        self._one_at_a_time = threading.Lock()
        self._believed: dict[int, State] = {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- authorization

    def authorize(self) -> str | None:
        """Call /auth once and wait for as long as the button can be pressed."""
        answer = self._object(self._once("/auth", WINDOW))
        if not answer.get("success"):
            return None
        self._token = self._text(answer, "token")
        return self._token

    def discover(self) -> Sequence[Found]:
        """Return the bridges. A bridge that does not publish its address has none."""
        bridges = self._object(self._send(DISCOVERY, {}, PATIENCE)).get("bridges")
        if not isinstance(bridges, list):
            raise Failed("the server's answer has no list of bridges")
        return [
            Found(b["bridgeId"], (b["ip"], b["port"]) if b["port"] and b["ip"] != "0.0.0.0" else None)  # noqa: S104 - the sign for no address
            for b in bridges
        ]

    # ---- reading

    def list_locks(self) -> Sequence[Lock]:
        """Return all locks. The state of a lock that was never read is UNKNOWN."""
        entries = self._ask("/list")
        if not isinstance(entries, list):
            raise Failed("the bridge's answer to /list is not a list")
        return [self._lock(entry) for entry in entries]

    def lock_state(self, lock: int) -> LockState:
        """Read the lock, and drop its stored state if it cannot be read."""
        self._believed.pop(lock, None)
        answer = self._object(self._ask("/lockState", nukiId=lock))
        if not answer.get("success"):
            raise Unavailable(f"the bridge could not retrieve the state of lock {lock}")
        present = LockState(State.of(answer.get("state")), bool(answer.get("batteryCritical")))
        self._believed[lock] = present.state
        return present

    def believed_state(self, lock: int) -> State | None:
        """Return the state that was read last, not one that was only requested or received in a callback."""
        return self._believed.get(lock)

    def refresh(self) -> None:
        """Read every lock, one after another."""
        for entry in self.list_locks():
            try:
                self.lock_state(entry.id)
            except (Unavailable, UnknownLock):
                continue

    def on_callback(self, body: bytes) -> None:
        """Read the lock: a callback says that it has changed, not what its present state is."""
        try:
            lock = json.loads(body)["nukiId"]
            self.lock_state(lock)
        except (ValueError, KeyError, TypeError, NukiError):
            return

    # ---- acting

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        """Start an action. After a lost answer retry LOCK at once, and an opening action only after reading the lock."""
        attempts = 2 if action.opens else len(PAUSES) + 1
        for number in range(attempts):
            self._believed.pop(lock, None)
            try:
                return self._act_once(lock, action, wait=wait)
            except Unavailable:
                if number == attempts - 1:
                    raise
            time.sleep(PAUSES[number])
            if action.opens and (present := self.lock_state(lock)).state is not State.LOCKED:
                return self._was_done(lock, action, present)
        raise AssertionError("the last attempt returns or raises")

    def unpair(self, lock: int) -> None:
        """Remove the pairing with a lock, on a hardware bridge only."""
        self._only_on_hardware("/unpair")
        self._require_success(self._ask("/unpair", nukiId=lock))
        self._believed.pop(lock, None)

    def maintain(self, task: Maintenance) -> None:
        """Run a maintenance operation once, on a hardware bridge only."""
        self._only_on_hardware(task.value)
        self._once(task.value)

    # ---- callbacks

    def register_callback(self, url: str) -> None:
        """Register a URL that is not registered yet."""
        if not url.startswith("http://") or len(url) > MAX_URL_LENGTH:
            raise BadCallback(f"a callback must be an http URL of at most {MAX_URL_LENGTH} characters")
        registered = self._callbacks()
        if url in registered:
            return
        if len(registered) >= SLOTS:
            raise NoFreeSlot(f"the bridge has {SLOTS} callbacks already; remove one first")
        self._require_success(self._ask("/callback/add", url=url))

    def unregister_callback(self, url: str) -> None:
        """Remove the URL by the id that /callback/list shows."""
        slot = self._callbacks().get(url)
        if slot is not None:
            self._require_success(self._ask("/callback/remove", id=slot))

    # ---- helpers

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        answer = self._object(
            self._once("/lockAction", MOTOR, nukiId=lock, action=action.value, noWait=0 if wait else 1)
        )
        if not answer.get("success"):
            raise Failed(f"the bridge answered that {action.name} did not succeed on lock {lock}")
        return Done(completed=wait, battery_critical=bool(answer.get("batteryCritical")))

    def _was_done(self, lock: int, action: Action, present: LockState) -> Done:
        """Return the result of an action whose answer was lost, from the lock's present state."""
        if not present.state.moving and present.state is not DONE[action]:
            raise Unavailable(
                f"the answer was lost, and the state of lock {lock} does not show if {action.name} was done"
            )
        return Done(completed=present.state is DONE[action], battery_critical=present.battery_critical)

    def _only_on_hardware(self, path: str) -> None:
        if self._object(self._ask("/info")).get("bridgeType") == SOFTWARE:
            raise NotSupported(f"a software bridge has no {path}")

    def _callbacks(self) -> dict[str, int]:
        entries = self._object(self._ask("/callback/list")).get("callbacks")
        if not isinstance(entries, list):
            raise Failed("the bridge's answer has no list of callbacks")
        return {entry["url"]: entry["id"] for entry in entries}

    def _require_success(self, answer: Any) -> None:
        result = self._object(answer)
        if not result.get("success"):
            raise Failed(str(result.get("message") or "the bridge answered that it did not succeed"))

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        known = entry.get("lastKnownState") or {}
        battery = bool(known.get("batteryCritical"))
        return Lock(entry["nukiId"], str(entry.get("name") or ""), State.of(known.get("state")), battery)

    @staticmethod
    def _object(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise Failed("the bridge's answer is not a JSON object")
        return answer

    @staticmethod
    def _text(answer: dict[str, Any], key: str) -> str:
        value = answer.get(key)
        if not isinstance(value, str) or not value:
            raise Failed(f"the bridge's answer has no {key}")
        return value

    def _ask(self, path: str, **params: Any) -> Any:
        """Send a request that may be repeated, up to three times."""
        for pause in PAUSES:
            try:
                return self._once(path, **params)
            except Unavailable:
                time.sleep(pause)
        return self._once(path, **params)

    def _once(self, path: str, timeout: float = PATIENCE, **params: Any) -> Any:
        """Send one request to the bridge, with the token unless it is /auth."""
        token = None if path == "/auth" else self._token
        with self._one_at_a_time:
            try:
                return self._send(self._url + path, params | self._login(token), timeout)
            except CredentialError:
                if not (token and self._hashed and self._learns_the_time(token)):
                    raise
            return self._send(self._url + path, params | self._login(token), timeout)

    def _login(self, token: str | None) -> dict[str, str]:
        """Return the parameters that carry the token: plain, or hashed with the bridge's time and a new number."""
        if token is None:
            return {}
        if not self._hashed:
            return {"token": token}
        self._sent += 1
        ts = datetime.fromtimestamp(time.time() + self._ahead, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rnr = str(self._sent % 65_536)
        return {"ts": ts, "rnr": rnr, "hash": sha256(f"{ts},{rnr},{token}".encode()).hexdigest()}

    def _learns_the_time(self, token: str) -> bool:
        """Return whether the bridge's clock is not as it was. A wrong token is refused here, too."""
        info = self._object(self._send(self._url + "/info", {"token": token}, PATIENCE))
        ahead = datetime.fromisoformat(self._text(info, "currentTime")).timestamp() - time.time()
        before, self._ahead = self._ahead, ahead
        return abs(ahead - before) > 1

    def _send(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        """Return the JSON of the answer; None for an empty body. Errors contain the path, never the query."""
        path = urlsplit(url).path
        try:
            answer = self._http.get(url, timeout=timeout, extensions=secret_query(params))
        except httpx.TransportError as lost:
            raise Unavailable(f"{path}: {type(lost).__name__}, no answer from the bridge") from None
        if answer.status_code != httpx.codes.OK:
            raise self._error_of(path, answer.status_code)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise Failed(f"{path}: the bridge's answer is not JSON") from None

    @staticmethod
    def _error_of(path: str, status: int) -> NukiError:
        match status:
            case 401:
                return CredentialError(f"{path}: the bridge refuses this token; authorize again")
            case 403:
                return Disabled(f"{path}: authorization is disabled; enable it in the Nuki app")
            case 404 if path in ("/lockState", "/lockAction", "/unpair"):
                return UnknownLock(f"{path}: no paired lock has this id")
            case 404:
                return NotSupported(f"{path}: this bridge has no such operation")
            case 400 if path == "/callback/add":
                return BadCallback(f"{path}: the bridge refuses this URL")
            case 503:
                return Unavailable(f"{path}: the lock is offline, or the bridge is busy")
        return Failed(f"{path}: the bridge answered HTTP {status}")
