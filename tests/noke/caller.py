"""A company with locks on Nokē's servers, in a world of its own, for the tests of the stand-in: its back end, and its phones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from locksim.engine.inputs import Answer
from locksim.inprocess.handles import DeviceHandle
from locksim.inprocess.world import World
from locksim.noke import VENDOR
from locksim.noke.state import LockBody, LockRecord, State


@dataclass(frozen=True)
class Reply:
    """An answer as a client library would show it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What a 200 says, a failure too."""
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return json.loads(self.body)

    @property
    def code(self) -> int:
        """0 exactly when it says success."""
        said = self.json
        assert (said["result"] == "success") == (said["error_code"] == 0), said
        return int(said["error_code"])

    @property
    def data(self) -> Any:
        """What a success has to tell."""
        assert self.code == 0, self.json
        return self.json["data"]


@dataclass(frozen=True)
class Contact:
    """A phone at a lock or fob: what it got there, and has yet to upload."""

    device: str
    session: str
    received: int
    unlocked: bool
    responses: list[str]
    reason: str

    @property
    def log(self) -> dict[str, Any]:
        """As an item of an upload."""
        return {
            "session": self.session,
            "mac": self.device,
            "received_time": self.received,
            "responses": self.responses,
        }


class Caller:
    """One world. Calls go to `server` unless told otherwise."""

    def __init__(self, server: str = "production", *, seed: int = 7, world: World | None = None) -> None:
        self.server = server
        self.world = world or World([VENDOR], seed=seed)
        self.world.core.strict = True
        self.site = self.world.site("noke")

    def fork(self) -> Caller:
        """The same company in a copy of the world, which this world does not notice."""
        return Caller(self.server, world=self.world.fork())

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def now(self) -> int:
        """Whole seconds since 1970, as a phone has them."""
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

    def device(self, mac: str) -> DeviceHandle:
        return self.site.hardware[mac]

    def pass_time(self, seconds: float) -> None:
        self.site.clock.advance(seconds)

    def crash(self) -> None:
        """The stand-in fails and is rebuilt from its checkpoint and the entries behind it."""
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
        """Exactly this."""
        answer: Answer = self.world.ask("noke", server or self.server, method, path, headers, body)
        return Reply(answer.status, dict(answer.headers), answer.body)

    def post(self, path: str, body: Any = None, *, key: str | None = None, server: str | None = None) -> Reply:
        """With the key that this call takes, or with `key`."""
        server = server or self.server
        key = key or self.key(mobile=path.startswith("/upload"), server=server)
        headers = (("Authorization", f"Bearer {key}"), ("Content-Type", "application/json"))
        return self.send(path, b"" if body is None else json.dumps(body).encode(), headers, server=server)

    # ---- the phone

    def wake(self, mac: str) -> str:
        """→ the session."""
        session: str = self.device(mac).wake()["session"]
        return session

    def command(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "", session: str | None = None) -> str:
        """Wake the lock (unless there is a session), and ask for commands."""
        body = {"mac": mac, "session": session or self.wake(mac), "tracking_key": tracking_key}
        commands: str = self.post(call, body).data["commands"]
        return commands

    def deliver(self, mac: str, commands: str) -> Contact:
        """Bring commands to the lock in its present session."""
        session = self.body(mac).session or "0" * 40
        took = self.device(mac).deliver(commands=commands)
        return Contact(mac, session, self.now, took["unlocked"], took["responses"], took["reason"])

    def approach(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "") -> Contact:
        """Wake, ask, deliver; nothing is uploaded yet."""
        return self.deliver(mac, self.command(mac, call, tracking_key=tracking_key))

    def upload(self, *contacts: Contact, server: str | None = None) -> Reply:
        return self.post("/upload/", {"logs": [contact.log for contact in contacts]}, server=server)

    def unlock(self, mac: str, call: str = "/unlock/", *, tracking_key: str = "") -> bool:
        """The whole way: the lock is unlocked, and the server knows. → whether it was."""
        contact = self.approach(mac, call, tracking_key=tracking_key)
        assert self.upload(contact).code == 0
        return contact.unlocked

    def unlock_offline(self, mac: str, key: Mapping[str, str]) -> Contact:
        """A phone without network, with a key of /keys/."""
        took = self.device(mac).offline_unlock(offline_key=key["offline_key"], unlock_command=key["unlock_command"])
        return Contact(mac, took["session"], self.now, took["unlocked"], took["responses"], took["reason"])

    def sync(self, fob: str, *, upload: bool = True) -> Contact:
        """Squeeze the fob, ask, deliver, and upload."""
        session = self.device(fob).squeeze()["session"]
        commands = self.post("/fobs/sync/", {"mac": fob, "session": session}).data["commands"]
        took = self.device(fob).deliver(commands=commands)
        contact = Contact(fob, session, self.now, False, took["responses"], took["reason"])
        if upload:
            assert self.upload(contact).code == 0
        return contact

    def touch(self, fob: str, mac: str) -> bool:
        """→ whether the fob opened the lock."""
        unlocked: bool = self.device(fob).touch(lock=mac)["unlocked"]
        return unlocked

    def click(self, mac: str, code: str) -> bool:
        """→ whether the code opened the lock."""
        unlocked: bool = self.device(mac).quick_click(code=code)["unlocked"]
        return unlocked

    # ---- shorthands

    def listed(self, mac: str) -> dict[str, Any]:
        """The lock in /lock/."""
        (lock,) = self.post("/lock/", {"macs": [mac]}).data["locks"]
        found: dict[str, Any] = lock
        return found

    def issue_key(self, mac: str, tracking_key: str) -> dict[str, str]:
        """An offline key, as it is answered."""
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
        """code → what /qc/display/ says of it."""
        (lock,) = self.post("/qc/display/", {"macs": [mac]}).data
        return {click["code"]: click for click in lock["quick_clicks"]}

    def activity(self, **filters: Any) -> list[dict[str, str]]:
        lines: list[dict[str, str]] = self.post("/activity/", filters).data["activity"]
        return lines
