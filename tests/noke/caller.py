"""A company with Nokē locks in its own world, for tests of the simulator: its back end and its phones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from locksim.engine.inputs import Answer
from locksim.inprocess.vendors import NokeDevice
from locksim.inprocess.world import World
from locksim.noke import VENDOR
from locksim.noke.state import LockBody, LockRecord, State


@dataclass(frozen=True)
class Reply:
    """An answer as a client library shows it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The JSON of an answer with status 200, a failure too."""
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return json.loads(self.body)

    @property
    def code(self) -> int:
        """The error_code, which is 0 exactly when the result is a success."""
        answer = self.json
        assert (answer["result"] == "success") == (answer["error_code"] == 0), answer
        return int(answer["error_code"])

    @property
    def data(self) -> Any:
        """The data of a success."""
        assert self.code == 0, self.json
        return self.json["data"]


@dataclass(frozen=True)
class Contact:
    """What a phone got from a lock or fob, to be uploaded."""

    device: str
    session: str
    received: int
    unlocked: bool
    responses: list[str]
    reason: str

    @property
    def log(self) -> dict[str, Any]:
        """The contact as an item of an upload."""
        return {
            "session": self.session,
            "mac": self.device,
            "received_time": self.received,
            "responses": self.responses,
        }


class Caller:
    """One world. Calls go to `server` unless they name another one."""

    def __init__(self, server: str = "production", *, seed: int = 7, world: World | None = None) -> None:
        self.server = server
        self.world = world or World([VENDOR], seed=seed)
        self.world.core.strict = True
        self.site = self.world.site("noke")

    def fork(self) -> Caller:
        """Return the same company in a copy of the world."""
        return Caller(self.server, world=self.world.fork())

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def now(self) -> int:
        """The time in whole seconds since 1970, as on a phone."""
        return self.world.core.now // 1_000_000

    @property
    def iso(self) -> str:
        """The world's time to the second, as the API writes it."""
        return self.site.clock.iso[:19] + "Z"

    @property
    def misses(self) -> list[str]:
        return self.site.journal.misses()

    def key(self, *, mobile: bool = False, server: str | None = None) -> str:
        """The API key of a server."""
        found: str = self.site.credentials[(server or self.server).removesuffix("-pre-release")][
            "mobile_api_key" if mobile else "api_key"
        ]
        return found

    def record(self, mac: str) -> LockRecord:
        return self.state.home(mac)[1]

    def body(self, mac: str) -> LockBody:
        return self.state.body(mac)

    def device(self, mac: str) -> NokeDevice:
        return self.site.hardware[mac]

    def pass_time(self, seconds: float) -> None:
        self.site.clock.advance(seconds)

    def crash(self) -> None:
        """Rebuild the world from its checkpoint and the entries after it, as after a defect."""
        before = self.world.core.snapshot().encode()
        self.world.core.rebuild()
        assert self.world.core.snapshot().encode() == before

    # ---- calls

    def send(
        self,
        path: str,
        body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
        *,
        method: str = "POST",
        server: str | None = None,
    ) -> Reply:
        """Send exactly this."""
        answer: Answer = self.world.ask("noke", server or self.server, method, path, headers, body)
        return Reply(answer.status, dict(answer.headers), answer.body)

    def post(self, path: str, body: Any = None, *, key: str | None = None, server: str | None = None) -> Reply:
        """Call with the API key that this call takes, or with `key`."""
        server = server or self.server
        key = key or self.key(mobile=path.startswith("/upload"), server=server)
        headers = (("Authorization", f"Bearer {key}"), ("Content-Type", "application/json"))
        return self.send(path, b"" if body is None else json.dumps(body).encode(), headers, server=server)

    # ---- the phone

    def wake(self, mac: str) -> str:
        """Wake a lock, and return the session."""
        session: str = self.device(mac).wake()["session"]
        return session

    def command(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "", session: str | None = None) -> str:
        """Wake the lock (unless a session is given), and request commands."""
        body = {"mac": mac, "session": session or self.wake(mac), "tracking_key": tracking_key}
        commands: str = self.post(call, body).data["commands"]
        return commands

    def deliver(self, mac: str, commands: str) -> Contact:
        """Bring commands to the lock in its present session."""
        session = self.body(mac).session or "0" * 40
        outcome = self.device(mac).deliver(commands=commands)
        return Contact(mac, session, self.now, outcome["unlocked"], outcome["responses"], outcome["reason"])

    def approach(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "") -> Contact:
        """Wake the lock, request commands and deliver them, without an upload."""
        return self.deliver(mac, self.command(mac, call, tracking_key=tracking_key))

    def upload(self, *contacts: Contact, server: str | None = None) -> Reply:
        return self.post("/upload/", {"logs": [contact.log for contact in contacts]}, server=server)

    def unlock(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "") -> bool:
        """Unlock a lock and upload its responses. Return whether it was unlocked."""
        contact = self.approach(mac, call, tracking_key=tracking_key)
        assert self.upload(contact).code == 0
        return contact.unlocked

    def unlock_offline(self, mac: str, key: Mapping[str, str]) -> Contact:
        """Unlock with a key of /keys/, without the server."""
        outcome = self.device(mac).offline_unlock(offline_key=key["offline_key"], unlock_command=key["unlock_command"])
        return Contact(mac, outcome["session"], self.now, outcome["unlocked"], outcome["responses"], outcome["reason"])

    def sync(self, fob: str, *, upload: bool = True) -> Contact:
        """Sync a fob, and upload its responses."""
        session = self.device(fob).squeeze()["session"]
        commands = self.post("/fobs/sync/", {"mac": fob, "session": session}).data["commands"]
        outcome = self.device(fob).deliver(commands=commands)
        contact = Contact(fob, session, self.now, False, outcome["responses"], outcome["reason"])
        if upload:
            assert self.upload(contact).code == 0
        return contact

    def touch(self, fob: str, mac: str) -> bool:
        """Touch a lock with a fob. Return whether it opened."""
        unlocked: bool = self.device(fob).touch(lock=mac)["unlocked"]
        return unlocked

    def click(self, mac: str, code: str) -> bool:
        """Enter a quick click. Return whether it opened the lock."""
        unlocked: bool = self.device(mac).quick_click(code=code)["unlocked"]
        return unlocked

    # ---- shorthands

    def listed(self, mac: str) -> dict[str, Any]:
        """Return the lock as /lock/ shows it."""
        (lock,) = self.post("/lock/", {"macs": [mac]}).data["locks"]
        found: dict[str, Any] = lock
        return found

    def issue_key(self, mac: str, tracking_key: str) -> dict[str, str]:
        """Issue an offline key, and return it as it was answered."""
        data = self.post("/keys/", {"issue": [{"macs": [mac], "tracking_keys": [tracking_key]}]}).data
        key: dict[str, str] = data["locks"][0]["keys"][0]
        return key

    def revoke_key(self, mac: str, tracking_key: str) -> Reply:
        return self.post("/keys/", {"revoke": [{"macs": [mac], "tracking_keys": [tracking_key]}]})

    def issue_to_fob(self, fob: str, mac: str, tracking_key: str) -> Reply:
        return self.post("/fobs/issue/", {"fob_mac": fob, "locks": [{"mac": mac, "tracking_key": tracking_key}]})

    def revoke_from_fob(self, fob: str, mac: str) -> Reply:
        return self.post("/fobs/revoke/", {"fob_mac": fob, "lock_macs": [mac]})

    def issue_click(self, mac: str, code: str, uses: int = 255, **more: Any) -> Reply:
        return self.post("/qc/issue/", {"mac": mac, "quick_clicks": [{"code": code, "uses": uses}], **more})

    def revoke_click(self, mac: str, code: str, **more: Any) -> Reply:
        return self.post("/qc/revoke/", {"mac": mac, "quick_clicks": [{"code": code}], **more})

    def clicks(self, mac: str) -> dict[str, dict[str, Any]]:
        """Return code → quick click, as /qc/display/ shows them."""
        (lock,) = self.post("/qc/display/", {"macs": [mac]}).data
        return {click["code"]: click for click in lock["quick_clicks"]}

    def activity(self, **filters: Any) -> list[dict[str, str]]:
        lines: list[dict[str, str]] = self.post("/activity/", filters).data["activity"]
        return lines
