"""Clients with one fault each, about locks and webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lockpact.remotelock.port import Bolt, Unavailable
from lockpact.remotelock.reference import BOLTS, Reference
from tests.remotelock.pact.mutants import client

# ---- the calm after a storm


@client("RL-CONV-1")
class SkipsWhatItCouldNotRead(Reference):
    """Takes all events for known after a refresh that failed."""

    _failed = False

    def _recover(self) -> None:
        if self._failed:
            self._failed = False
            self._start_listening()
        try:
            super()._recover()
        except Unavailable:
            self._failed = True
            raise


@client("RL-CONV-1")
class LeavesLateEventsOut(Reference):
    """Drops events that a lock reports over a minute after they happened."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        happened, known = (
            datetime.fromisoformat(event["attributes"][name]).timestamp() for name in ("occurred_at", "created_at")
        )
        if known - happened <= 60:
            super()._act_on(event)


@client("RL-CONV-1")
class TrustsWebhooksAlone(Reference):
    """Keeps the bolt that a webhook has shown, whatever the missed events say."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        lock = event["attributes"]["publisher_id"]
        known = self._bolts.get(lock)
        super()._act_on(event)
        if known is not None and self._recovering:
            self._bolts[lock] = known

    _recovering = False

    def _recover(self) -> None:
        self._recovering = True
        try:
            super()._recover()
        finally:
            self._recovering = False


# ---- locks


@client("RL-STATE-1")
class BelievesTheAnswer(Reference):
    """Takes the answer's state for the bolt's position."""

    def order(self, lock: str, to: Bolt) -> bool:
        said = self._ask("PUT", f"/devices/{lock}/{'lock' if to is Bolt.LOCKED else 'unlock'}")["data"]
        return bool(said["attributes"]["state"] == to.value)


@client("RL-STATE-1")
class OrderedIsDone(Reference):
    """Shows the commanded state at once."""

    def order(self, lock: str, to: Bolt) -> bool:
        super().order(lock, to)
        self._bolts[lock] = "", to
        return False


@client("RL-STATE-1")
class AConnectedLockObeys(Reference):
    """Shows the commanded state at once if the answer calls the lock connected. It moves seconds later, or not."""

    def order(self, lock: str, to: Bolt) -> bool:
        answer = self._ask("PUT", f"/devices/{lock}/{'lock' if to is Bolt.LOCKED else 'unlock'}")
        if answer["data"]["attributes"]["connected"]:
            now = datetime.fromtimestamp(time.time(), UTC)
            self._bolts[lock] = now.strftime("%Y-%m-%dT%H:%M:%SZ"), to
        return False


@client("RL-STATE-1")
class BelievesTheDevice(Reference):
    """Shows the device's state, which is the commanded one."""

    def bolt(self, lock: str) -> Bolt | None:
        return Bolt(self._get(f"/devices/{lock}")["data"]["attributes"]["state"])


@client("RL-STATE-1")
class KnowsNoBolt(Reference):
    """Receives events, and does not read them."""

    def bolt(self, lock: str) -> Bolt | None:
        return None


@client("RL-SETUP-1")
class SetsRightAway(Reference):
    """Sends the settings with the second request."""

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        lock = super().set_up(name, serial, model, location, timeout)
        if lock in self._unfinished:
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"auto_lock_timeout": self._unfinished.pop(lock)}})
        return lock


@client("RL-SETUP-1")
class WaitsAMinuteOnly(Reference):
    """Sends the settings after a minute, without a check."""

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        lock = super().set_up(name, serial, model, location, timeout)
        self._since = time.time()
        return lock

    def _finish(self, device: Mapping[str, Any]) -> None:
        if time.time() - getattr(self, "_since", time.time()) > 60:
            device = {**device, "attributes": {**device["attributes"], "connected_at": "by now"}}
        super()._finish(device)


@client("RL-SETUP-1")
class NeverFinishesASetUp(Reference):
    """Forgets to send the settings later."""

    def refresh(self) -> None:
        self._unfinished.clear()
        super().refresh()


class _Pins(Reference):
    """Base: sends a wrong list of local PINs."""

    def kept(self, pins: list[str], pin: str) -> list[str]:
        raise NotImplementedError

    def remove_local_pin(self, lock: str, pin: str) -> None:
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        if pin in pins:
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": self.kept(pins, pin)}})


@client("RL-PINS-1")
class SendsNoPins(_Pins):
    """Sends an empty list."""

    def kept(self, pins: list[str], pin: str) -> list[str]:
        return []


@client("RL-PINS-1")
class SendsTheOneToRemove(_Pins):
    """Sends the PIN to remove."""

    def kept(self, pins: list[str], pin: str) -> list[str]:
        return [pin]


@client("RL-PINS-1")
class RemovesTheLastPin(_Pins):
    """Removes the last PIN, not the one asked for."""

    def kept(self, pins: list[str], pin: str) -> list[str]:
        return pins[:-1]


# ---- messages


class _Checks(Reference):
    """Base: checks the secret wrongly."""

    def genuine(self, secret: str | None) -> bool:
        raise NotImplementedError

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        secret = next((value for name, value in headers.items() if name.lower() == "x-secret"), None)
        if not self.genuine(secret):
            return 401
        return super().on_webhook({"X-Secret": self._secret}, body)


@client("RL-HOOK-1")
class IgnoresTheSecret(_Checks):
    """Accepts every secret."""

    def genuine(self, secret: str | None) -> bool:
        return True


@client("RL-HOOK-1")
class ChecksTheSecretIfItIsThere(_Checks):
    """Accepts a missing secret."""

    def genuine(self, secret: str | None) -> bool:
        return not secret or secret == self._secret


@client("RL-HOOK-1")
class ComparesTheBeginning(_Checks):
    """Compares the beginning of the secret only."""

    def genuine(self, secret: str | None) -> bool:
        return secret is not None and len(secret) > 8 and self._secret.startswith(secret)


@client("RL-HOOK-1")
class ActsBeforeItChecks(Reference):
    """Acts on an event before it checks the secret."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        self._act_on(json.loads(body)["data"])
        return super().on_webhook(headers, body)


@client("RL-HOOK-1")
class SubscribesWithoutASecret(Reference):
    """Subscribes without a secret."""

    def _ask(self, method: str, path: str, params: Any = (), body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if body is not None and "secret" in body["attributes"]:
            attributes = {name: value for name, value in body["attributes"].items() if name != "secret"}
            body = {**body, "attributes": attributes}
        return super()._ask(method, path, params, body)


@client("RL-HOOK-2")
class ActsOnEveryMessage(Reference):
    """Acts on every webhook, also on a repeated one."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._every: list[str] = []

    def _act_on(self, event: Mapping[str, Any]) -> None:
        self._every.append(event["id"])
        super()._act_on(event)

    def seen(self) -> Sequence[str]:
        return self._every


@client("RL-HOOK-2")
class ForgetsWhatItHasSeen(ActsOnEveryMessage):
    """Remembers only the last event."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        if self._every[-1:] != [event["id"]]:
            super()._act_on(event)


@client("RL-HOOK-2")
class TheLastMessageIsTheNewest(Reference):
    """Takes the last webhook for the newest event."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        super()._act_on(event)
        if event["type"] in BOLTS:
            self._bolts[event["attributes"]["publisher_id"]] = "", BOLTS[event["type"]]


@client("RL-HOOK-3")
class ReadsBeforeItAnswers(Reference):
    """Fetches the publisher while RemoteLock waits."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().on_webhook(headers, body)
        if status == 200:
            self.devices(50)
        return status


@client("RL-HOOK-3")
class RefusesWhatItKnows(Reference):
    """Refuses a repeated webhook."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        known = json.loads(body)["data"]["id"] in self._seen
        status = super().on_webhook(headers, body)
        return 409 if known and status == 200 else status


@client("RL-HOOK-3")
class RefusesWhatDoesNotMatter(Reference):
    """Answers 404 to events that it does not use."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().on_webhook(headers, body)
        return 404 if status == 200 and json.loads(body)["data"]["type"] not in BOLTS else status


@client("RL-HOOK-4")
class TrustsItsWebhook(Reference):
    """Never reads missed events."""

    def _recover(self) -> None:
        return


@client("RL-HOOK-4")
class RecoversByOccurredAt(Reference):
    """Recovers by occurred_at, and misses late events."""

    def _recover(self) -> None:
        until = self._complete_until or ""
        said = self._get("/events", [("sort", "-occurred_at"), ("per_page", "50")])["data"]
        for event in reversed([e for e in said if e["attributes"]["occurred_at"] >= until]):
            self._act_on(event)
        self._complete_until = max([until, *(e["attributes"]["occurred_at"] for e in said)])


@client("RL-HOOK-4")
class RecoversOnePage(Reference):
    """Recovers one page only."""

    def _recover(self) -> None:
        said = self._get("/events", [("sort", "-created_at"), ("per_page", "25")])["data"]
        for event in reversed([e for e in said if e["attributes"]["created_at"] >= (self._complete_until or "")]):
            self._act_on(event)


@client("RL-HOOK-4")
class RecoversFromTheLastMessage(Reference):
    """Recovers back to the last received event, though earlier ones were lost."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().on_webhook(headers, body)
        if status == 200:
            self._complete_until = json.loads(body)["data"]["attributes"]["created_at"]
        return status


@client("RL-HOOK-4")
class RecoversEverythingAgain(ActsOnEveryMessage):
    """Acts on every event that it reads."""


@client("RL-HOOK-5")
class WaitsForEver(Reference):
    """Never checks whether its webhook is active."""

    def refresh(self) -> None:
        self._webhook = None
        super().refresh()


@client("RL-HOOK-5")
class LooksAtItsWebhookOnce(Reference):
    """Checks its webhook only once."""

    def refresh(self) -> None:
        super().refresh()
        self._webhook = None


@client("RL-HOOK-5")
class MakesAnotherWebhook(Reference):
    """Creates another webhook instead of activating the old one."""

    def refresh(self) -> None:
        if self._webhook is not None:
            ours = self._get(f"/notification_subscribers/{self._webhook}")["data"]
            if not ours["attributes"]["active"]:
                wanted = {**ours["attributes"], "active": True}
                body = {"type": "webhook_notification_subscriber", "attributes": wanted}
                self._webhook = self._ask("POST", "/notification_subscribers", body=body)["data"]["id"]
                self._subscribe_to_all(str(self._webhook))
        super().refresh()
