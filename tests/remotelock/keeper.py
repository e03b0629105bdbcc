"""A caller that also acts on devices."""

from __future__ import annotations

from typing import Any

from locksim.engine.deliveries import Delivery
from locksim.inprocess.vendors import RemoteLockDevice
from tests.remotelock.caller import Caller

_TOKEN_FOR = 7000 * 1_000_000


class Keeper(Caller):
    """A caller that renews its token, with shorthands for the API and for devices."""

    def __init__(self, profile: str = "documented", **more: Any) -> None:
        self._minted = 0
        super().__init__(profile, **more)
        self._began = {event.id for event in self.account.events.values()}

    @property
    def token(self) -> str:
        if self._token is None or self.now - self._minted > _TOKEN_FOR:
            self._minted = self.now
            self._token = self.grant(grant_type="client_credentials").json["access_token"]
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._token = token

    def device(self, key: str) -> RemoteLockDevice:
        """Return a device's handle."""
        return self.site.hardware[key]

    def physical(self, key: str) -> Any:
        """Return what is really in a device."""
        return self.account.devices[key].physical

    # ---- the API

    def read(self, target: str) -> Any:
        """Return the `data` of a GET."""
        return self.call("GET", target).data

    def make(self, target: str, type: str | None = None, /, **attributes: Any) -> Any:
        """Return the `data` of a POST."""
        return self.post(target, type, **attributes).data

    def change(self, target: str, /, **attributes: Any) -> Any:
        """Return the `data` of a PUT."""
        return self.put(target, **attributes).data

    def remove(self, target: str) -> None:
        """Delete it."""
        reply = self.delete(target)
        assert reply.status == 204, f"{reply.status}: {reply.body!r}"

    def everything(self, target: str) -> list[Any]:
        """Return all resources of a collection."""
        found: list[Any] = []
        while True:
            page = self.call("GET", f"{target}{'&' if '?' in target else '?'}per_page=50&page={len(found) // 50 + 1}")
            found += page.data
            if len(found) >= page.json["meta"]["total_count"]:
                return found

    # ---- what happened

    def events(self, *types: str) -> list[Any]:
        """Return the events since the start (of these types), the latest first."""
        found = [one for one in self.everything("/events") if one["id"] not in self._began]
        return [one for one in found if not types or one["type"].removesuffix("_event") in types]

    def reported(self, *types: str) -> list[str]:
        """Return the types of the events since the start, in the order in which the cloud received them."""
        found = sorted(self.account.events.values(), key=lambda event: (event.created_at, event.sequence))
        return [e.type for e in found if e.id not in self._began and (not types or e.type in types)]

    def mails(self, kind: str = "email") -> list[Delivery]:
        """Return the deliveries of this kind."""
        return [delivery for delivery in self.world.deliveries.list() if delivery.kind == kind]

    # ---- shorthands

    def user(self, pin: str | None = None, **more: Any) -> Any:
        """Create an access user, with this PIN if there is one."""
        given = {"name": f"User {pin}", **({} if pin is None else {"pin": pin}), **more}
        return self.make("/access_persons", "access_user", **given)

    def visitor(self, pin: str, starts_at: str, ends_at: str, **more: Any) -> Any:
        """Create an access guest with a PIN."""
        given = {"name": f"Guest {pin}", "pin": pin, "starts_at": starts_at, "ends_at": ends_at, **more}
        return self.make("/access_persons", "access_guest", **given)

    def admit(self, person: Any, accessible: str, type: str = "lock", **more: Any) -> str:
        """Grant a person an access. Return the access's path."""
        path = f"/access_persons/{person['id']}/accesses"
        made = self.make(path, accessible_id=accessible, accessible_type=type, **more)
        return f"{path}/{made['id']}"

    def counts(self, access: str) -> tuple[int, int, int, int]:
        """Return an access's counts: devices, synced, pending, failed."""
        output = self.read(access)["attributes"]
        names = ("devices_count", "devices_synced_count", "devices_pending_sync_count", "devices_failed_sync_count")
        devices, synced, pending, failed = (output[name] for name in names)
        return devices, synced, pending, failed
