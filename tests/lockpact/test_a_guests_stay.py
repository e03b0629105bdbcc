"""The same story with every vendor: a guest gets access for a stay, and can enter during it but not before or after.

Each vendor's reference client does what an integrator does, and the guest uses the keypad, card reader or phone. Vendors limit
a stay in different ways: by the clock (RemoteLock, Lockt, Codelocks), or by an action of the integrator (Nokē, where a revoked
code opens until the lock is updated, and Nuki, which has tokens but no guests).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from lockpact.codelocks.port import Lock as CodelocksLock
from lockpact.codelocks.port import Stay
from lockpact.core.pact import load
from lockpact.lockt.port import UserRecord
from lockpact.nuki.port import Action, NukiError
from lockpact.remotelock.port import Accessible, Credential
from lockpact.simulators.stage import WorldStage
from locksim.engine.timestamps import iso, moment
from locksim.registry import NAMES
from tests.planted import reference_of

BEFORE, DURING, AFTER = timedelta(hours=4), timedelta(days=1), timedelta(days=3)
ARRIVES, LEAVES = timedelta(hours=8), timedelta(days=2, hours=3)
"""From the world's begin, which is a Monday at 8:00 UTC: from 16:00 to Wednesday at 11:00."""


class House(Protocol):
    """One vendor's way."""

    def __init__(self, stage: WorldStage) -> None: ...

    def grant(self) -> None:
        """The integrator gives the guest the stay."""

    def gets_in(self) -> bool:
        """The guest stands at the door."""

    def over(self) -> None:
        """The stay is over: what the integrator still has to do."""


class _House:
    """What all of them need: a reference client, and the world's hands."""

    def __init__(self, stage: WorldStage) -> None:
        self.stage = stage
        self.began = moment(stage.now())
        self.client = self._made()

    def _made(self, **more: Any) -> Any:
        credentials = self.stage.handles.credentials
        made = self.stage.make(
            reference_of(self.stage._pact), self.stage.connection({**self._keys(credentials), **more})
        )
        assert made.error is None
        return made.result

    def _keys(self, credentials: dict[str, Any]) -> dict[str, Any]:
        return credentials

    def do(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """A call of the client's, in the world's time. Raises what it raises."""
        called = self.stage.call(call, *arguments)
        if called.error is not None:
            raise called.error
        return called.result

    def over(self) -> None:
        """Nothing: the clock does it."""


class NokeHouse(_House):
    """A quick click, which the guest taps on the shackle."""

    CODE = "01101"

    def _keys(self, credentials: dict[str, Any]) -> dict[str, Any]:
        self.stage.server = "production"
        production: dict[str, Any] = credentials["production"]
        return production

    def grant(self) -> None:
        self.lock = self.do(self.client.locks)[0].mac
        self.issued = False

    def _carry(self, items: Any) -> None:
        """Let a phone bring the lock its changes: nothing else can."""
        assert items
        assert all(item.ok for item in items)
        assert self.do(self.client.unlock, self.lock, "host").done
        self.stage.act(self.lock, "sleep")

    def gets_in(self) -> bool:
        if not self.issued and self.stage.now() >= _micros(self.began + ARRIVES):
            # Nokē's codes know no hours: the host sees to them at the arrival.
            self._carry(self.do(self.client.issue_codes, self.lock, {self.CODE: 255}))
            self.issued = True
        return bool(self.stage.act(self.lock, "quick_click", code=self.CODE)["unlocked"])

    def over(self) -> None:
        self._carry(self.do(self.client.revoke_codes, self.lock, [self.CODE]))


class RemoteLockHouse(_House):
    """A PIN, which the lock learns at its heartbeat and holds to the guest's hours by itself."""

    def grant(self) -> None:
        from locksim.remotelock.seed import FRONT_DOOR

        self.door = FRONT_DOOR
        zone = ZoneInfo("America/New_York")
        starts, ends = ((self.began + at).astimezone(zone) for at in (ARRIVES, LEAVES))
        guest = self.do(self.client.create_guest, "Ada", None, Credential(pin="730418"), self.door, starts, ends)
        self.do(self.client.grant, guest.id, Accessible.LOCK, self.door)
        self.stage.act(self.door, "heartbeat")

    def gets_in(self) -> bool:
        return bool(self.stage.act(self.door, "enter_pin", pin="730418")["granted"])


class LocktHouse(_House):
    """A card that a user holds from one instant to another."""

    def grant(self) -> None:
        from locksim.lockt.seed import GUESTS, SUITE_12

        self.door = str(SUITE_12)
        record = UserRecord(
            "STAY-1", "Ada", "Guest", "ada@example.com", "730418",
            effective=self.began + ARRIVES, expires=self.began + LEAVES, levels=(GUESTS,),
        )  # fmt: skip
        (receipt,) = self.do(self.client.save_users, [record], True, True)
        assert receipt.status.value == "saved", receipt

    def gets_in(self) -> bool:
        return bool(self.stage.act(self.door, "present_card", card_num="730418")["granted"])


class CodelocksHouse(_House):
    """NetCodes, which the lock works out by its own clock."""

    def grant(self) -> None:
        (device, *_) = self.stage.handles.hardware.kind("kitlock")
        self.door = device.id
        state = device.state
        lock = CodelocksLock(state["lockmodel"], state["timecode"], state["identifier"], "UTC")
        arrival, departure = ((self.began + at).replace(tzinfo=None) for at in (ARRIVES, LEAVES))
        self.codes = [code.digits for code in self.do(self.client.show, Stay("b1", lock, arrival, departure))]
        assert self.codes

    def gets_in(self) -> bool:
        return any(self.stage.act(self.door, "enter_netcode", code=code)["opened"] for code in self.codes)


class NukiHouse(_House):
    """A token, given to the guest at the arrival and replaced when the stay is over."""

    def _keys(self, credentials: dict[str, Any]) -> dict[str, Any]:
        return {}

    def grant(self) -> None:
        self.guest: Any = None
        self.lock = int(self.stage.handles.hardware.kind("lock")[0].id)

    def gets_in(self) -> bool:
        if self.guest is None and self.stage.now() >= _micros(self.began + ARRIVES):
            self.guest = self._made(**self.stage.handles.credentials)
        try:
            return bool(self.do((self.guest or self.client).act, self.lock, Action.UNLATCH, True).completed)
        except NukiError:
            return False

    def over(self) -> None:
        self.stage.act(None, "set_token")


HOUSES: dict[str, Callable[[WorldStage], House]] = {
    "noke": NokeHouse,
    "remotelock": RemoteLockHouse,
    "lockt": LocktHouse,
    "codelocks": CodelocksHouse,
    "nuki": NukiHouse,
}


def _micros(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize("vendor", NAMES)
def test_a_guest_gets_in_on_time_and_not_before_or_after(vendor: str) -> None:
    stage = WorldStage(load(vendor), seed=3)
    try:
        house = HOUSES[vendor](stage)
        began = moment(stage.now())
        house.grant()
        stage.world.clock.advance(until=iso(_micros(began + BEFORE)))
        assert not house.gets_in(), "before the stay"
        stage.world.clock.advance(until=iso(_micros(began + DURING)))
        assert house.gets_in(), "during the stay"
        stage.world.clock.advance(until=iso(_micros(began + AFTER)))
        house.over()
        assert not house.gets_in(), "after the stay"
    finally:
        stage.close()
