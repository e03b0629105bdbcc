"""Typed handles on each vendor and each kind of its devices. Generated from the vendors' tables: run `make generate`.

At run time the handles do what the tables say (`locksim.inprocess.handles`); the signatures are for completion and mypy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

from locksim.inprocess.handles import BaseDeviceHandle, HardwareHandle
from locksim.inprocess.vendor_handle import VendorHandle

if TYPE_CHECKING:
    from decimal import Decimal

    _Seconds = float | Decimal | None

__all__ = ["HANDLES", "Codelocks", "Lockt", "Noke", "Nuki", "RemoteLock"]


class NokeLock(BaseDeviceHandle):
    """A lock of Noke."""

    if TYPE_CHECKING:

        def wake(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Touch the lock's button: it wakes, in a new session."""

        def deliver(self, *, commands: str, after: _Seconds = None) -> dict[str, Any]:
            """Bring the lock commands of /unlock/, /unshackle/, /engagelock/ or /fwupdate/."""

        def offline_unlock(self, *, offline_key: str, unlock_command: str, after: _Seconds = None) -> dict[str, Any]:
            """Unlock with an offline key, from a phone without network."""

        def quick_click(self, *, code: str, after: _Seconds = None) -> dict[str, Any]:
            """Enter a code by short (0) and long (1) presses."""

        def shackle(self, *, to: Literal["in", "pulled", "out"] | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Pull the shackle, or push it in."""

        def sleep(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Let the lock fall asleep, which ends its session."""

        def battery(
            self,
            *,
            millivolts: int | None = ...,
            external: int | None = ...,
            replaced: bool = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the voltage of the internal battery (by default 2850 mV, the lowest level) and of the external one."""

        def reset_keys(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Reset the lock's keys on the server, with offline and fob keys."""

        def notice(
            self,
            *,
            what: Literal["alarm_triggered", "proximity_stats", "unlock_via_access_code", "unknown"] = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Let the lock notice something that no other action causes."""

        def load_firmware(self, *, version: str = ..., after: _Seconds = None) -> dict[str, Any]:
            """Load a firmware file onto a lock in update mode."""

        def clock(self, *, drift: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Let the clock of a lock or fob gain `drift` seconds a day; negative: lose."""


class NokeFob(BaseDeviceHandle):
    """A fob of Noke."""

    if TYPE_CHECKING:

        def squeeze(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Squeeze the fob: it wakes, in a new session."""

        def deliver(self, *, commands: str, after: _Seconds = None) -> dict[str, Any]:
            """Bring the fob commands of /fobs/sync/."""

        def touch(self, *, lock: str, after: _Seconds = None) -> dict[str, Any]:
            """Touch the lock's button and squeeze the fob near it."""

        def battery(self, *, millivolts: int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put a battery of this voltage into the fob."""

        def clock(self, *, drift: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Let the clock of a lock or fob gain `drift` seconds a day; negative: lose."""


class NokeDevice(BaseDeviceHandle):
    """A device of Noke, of any kind."""

    if TYPE_CHECKING:

        def wake(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Touch the lock's button: it wakes, in a new session."""

        def deliver(self, *, commands: str, after: _Seconds = None) -> dict[str, Any]:
            """Bring the lock commands of /unlock/, /unshackle/, /engagelock/ or /fwupdate/."""

        def offline_unlock(self, *, offline_key: str, unlock_command: str, after: _Seconds = None) -> dict[str, Any]:
            """Unlock with an offline key, from a phone without network."""

        def quick_click(self, *, code: str, after: _Seconds = None) -> dict[str, Any]:
            """Enter a code by short (0) and long (1) presses."""

        def shackle(self, *, to: Literal["in", "pulled", "out"] | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Pull the shackle, or push it in."""

        def sleep(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Let the lock fall asleep, which ends its session."""

        def battery(
            self,
            *,
            millivolts: int | None = ...,
            external: int | None = ...,
            replaced: bool = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the voltage of the internal battery (by default 2850 mV, the lowest level) and of the external one."""

        def reset_keys(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Reset the lock's keys on the server, with offline and fob keys."""

        def notice(
            self,
            *,
            what: Literal["alarm_triggered", "proximity_stats", "unlock_via_access_code", "unknown"] = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Let the lock notice something that no other action causes."""

        def load_firmware(self, *, version: str = ..., after: _Seconds = None) -> dict[str, Any]:
            """Load a firmware file onto a lock in update mode."""

        def clock(self, *, drift: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Let the clock of a lock or fob gain `drift` seconds a day; negative: lose."""

        def squeeze(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Squeeze the fob: it wakes, in a new session."""

        def touch(self, *, lock: str, after: _Seconds = None) -> dict[str, Any]:
            """Touch the lock's button and squeeze the fob near it."""


class NokeHardware(HardwareHandle):
    """The devices of Noke."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {"lock": NokeLock, "fob": NokeFob}

    if TYPE_CHECKING:

        def __getitem__(self, id: str | int) -> NokeDevice:  # type: ignore[override]
            """Return a device. Raises Unknown."""

        @overload  # type: ignore[override]
        def kind(self, kind: Literal["lock"]) -> list[NokeLock]:
            """Return all devices of the kind lock."""

        @overload
        def kind(self, kind: Literal["fob"]) -> list[NokeFob]:
            """Return all devices of the kind fob."""

        def kind(self, kind: str) -> Any:
            """Do what one of the signatures above says."""


class Noke(VendorHandle):
    """Nokē Core API, in one world."""

    hardware: NokeHardware
    hardware_type = NokeHardware

    if TYPE_CHECKING:

        def add_lock(self, *, name: str = ..., server: Literal["sandbox", "production"] = ...) -> NokeLock:
            """Add a padlock that is set up, on a server."""

        @overload  # type: ignore[override]
        def support(
            self, action: Literal["reset_lock"], /, *, lock: str | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Reset a lock on the server; without `lock` all stuck locks."""

        @overload
        def support(
            self,
            action: Literal["move_lock"],
            /,
            *,
            lock: str,
            to: Literal["sandbox", "production"] | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Move a lock to the other database, with its keys."""

        @overload
        def support(
            self, action: Literal["firmware"], /, *, lock: str, version: str = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Return a lock with this firmware, without a setting that the firmware does not support."""

        @overload
        def support(
            self,
            action: Literal["add_lock"],
            /,
            *,
            name: str = ...,
            server: Literal["sandbox", "production"] = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Add a padlock that is set up, on a server."""

        @overload
        def support(
            self, action: Literal["pre_release"], /, *, on: bool = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Let the pre-release servers run the changed behaviour: 1.0.0 is their default API version."""

        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:
            """Do what one of the signatures above says."""


class RemoteLockLock(BaseDeviceHandle):
    """A lock of RemoteLock."""

    if TYPE_CHECKING:

        def enter_pin(self, *, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Type a pin on the keypad."""

        def present_card(self, *, card_number: str | int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Hold a card to the reader."""

        def turn(self, *, to: Literal["locked", "unlocked"] | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Turn the knob by hand; without `to`, to the other side."""

        def heartbeat(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Have the lock contact the cloud now, as at its heartbeat."""

        def battery(
            self,
            *,
            level: int = ...,
            source: Literal["alkaline_battery", "lithium_battery", "hardwire"] | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the battery to a percentage."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take the lock's Wi-Fi away or bring it back, after which it contacts the cloud; without `on`, toggle it."""

        def program_pin(self, *, code: str | int, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Program a local pin at the keypad, with the programming code."""

        def reset(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Reset the lock to its factory settings."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class RemoteLockResortLock(BaseDeviceHandle):
    """A resort_lock of RemoteLock."""

    if TYPE_CHECKING:

        def enter_pin(self, *, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Type a guest's pin, or the guest's own code for it."""

        def program_code(self, *, pin: str | int, code: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Make a shorter code of one's own, of 3 to 5 digits, with a guest's pin."""

        def battery(self, *, level: int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the battery to a percentage."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class RemoteLockAcsDoor(BaseDeviceHandle):
    """A acs_door of RemoteLock."""

    if TYPE_CHECKING:

        def open(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Open the door, from inside or by force, wherever its bolt is."""

        def close(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Close the door."""

        def hold_open(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Hold the door open for longer than its controller allows."""

        def request_exit(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the exit button inside, next to the door."""

        def enter_pin(self, *, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Type a pin at the door."""

        def present_card(self, *, card_number: str | int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Hold a card to the door's reader."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Connect or disconnect the door's controller."""


class RemoteLockThermostat(BaseDeviceHandle):
    """A thermostat of RemoteLock."""

    if TYPE_CHECKING:

        def measure(
            self, *, temperature: float | None = ..., humidity: int | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the room's temperature and humidity; without arguments, a degree warmer."""

        def battery(self, *, level: int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set a thermostat's battery to a percentage."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take a plug's or thermostat's Wi-Fi away or bring it back; without `on`, toggle it."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class RemoteLockPowerPlug(BaseDeviceHandle):
    """A power_plug of RemoteLock."""

    if TYPE_CHECKING:

        def measure(
            self,
            *,
            voltage: float | None = ...,
            power: float | None = ...,
            power_factor: float | None = ...,
            current: float | None = ...,
            frequency: float | None = ...,
            total_power: float | None = ...,
            occupied: bool | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set what the plug measures from now on, and whether its sensor sees somebody."""

        def press(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the button on the plug, which switches it on or off."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take a plug's or thermostat's Wi-Fi away or bring it back; without `on`, toggle it."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class RemoteLockDevice(BaseDeviceHandle):
    """A device of RemoteLock, of any kind."""

    if TYPE_CHECKING:

        def enter_pin(self, *, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Type a pin on the keypad."""

        def present_card(self, *, card_number: str | int = ..., after: _Seconds = None) -> dict[str, Any]:
            """Hold a card to the reader."""

        def turn(self, *, to: Literal["locked", "unlocked"] | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Turn the knob by hand; without `to`, to the other side."""

        def heartbeat(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Have the lock contact the cloud now, as at its heartbeat."""

        def battery(
            self,
            *,
            level: int = ...,
            source: Literal["alkaline_battery", "lithium_battery", "hardwire"] | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the battery to a percentage."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take the lock's Wi-Fi away or bring it back, after which it contacts the cloud; without `on`, toggle it."""

        def program_pin(self, *, code: str | int, pin: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Program a local pin at the keypad, with the programming code."""

        def reset(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Reset the lock to its factory settings."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""

        def program_code(self, *, pin: str | int, code: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Make a shorter code of one's own, of 3 to 5 digits, with a guest's pin."""

        def open(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Open the door, from inside or by force, wherever its bolt is."""

        def close(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Close the door."""

        def hold_open(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Hold the door open for longer than its controller allows."""

        def request_exit(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the exit button inside, next to the door."""

        def measure(
            self,
            *,
            temperature: float | None = ...,
            humidity: int | None = ...,
            voltage: float | None = ...,
            power: float | None = ...,
            power_factor: float | None = ...,
            current: float | None = ...,
            frequency: float | None = ...,
            total_power: float | None = ...,
            occupied: bool | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the room's temperature and humidity; without arguments, a degree warmer."""

        def press(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the button on the plug, which switches it on or off."""


class RemoteLockHardware(HardwareHandle):
    """The devices of RemoteLock."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {
        "lock": RemoteLockLock,
        "resort_lock": RemoteLockResortLock,
        "acs_door": RemoteLockAcsDoor,
        "thermostat": RemoteLockThermostat,
        "power_plug": RemoteLockPowerPlug,
    }

    if TYPE_CHECKING:

        def __getitem__(self, id: str | int) -> RemoteLockDevice:  # type: ignore[override]
            """Return a device. Raises Unknown."""

        @overload  # type: ignore[override]
        def kind(self, kind: Literal["lock"]) -> list[RemoteLockLock]:
            """Return all devices of the kind lock."""

        @overload
        def kind(self, kind: Literal["resort_lock"]) -> list[RemoteLockResortLock]:
            """Return all devices of the kind resort_lock."""

        @overload
        def kind(self, kind: Literal["acs_door"]) -> list[RemoteLockAcsDoor]:
            """Return all devices of the kind acs_door."""

        @overload
        def kind(self, kind: Literal["thermostat"]) -> list[RemoteLockThermostat]:
            """Return all devices of the kind thermostat."""

        @overload
        def kind(self, kind: Literal["power_plug"]) -> list[RemoteLockPowerPlug]:
            """Return all devices of the kind power_plug."""

        def kind(self, kind: str) -> Any:
            """Do what one of the signatures above says."""


class RemoteLock(VendorHandle):
    """RemoteLock API v1, in one world."""

    hardware: RemoteLockHardware
    hardware_type = RemoteLockHardware

    if TYPE_CHECKING:

        def add_lock(self, *, name: str = ..., model: str = ..., account: str | None = ...) -> RemoteLockLock:
            """Add a lock that is registered and has just contacted the cloud, with a full battery and factory settings."""

        @overload  # type: ignore[override]
        def support(
            self,
            action: Literal["revoke_consent"],
            /,
            *,
            email: str | None = ...,
            client_id: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Withdraw a user's consent from one application, or from all; without `email`, every user's."""

        @overload
        def support(
            self,
            action: Literal["subscription"],
            /,
            *,
            active: bool = ...,
            account: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """End the account's subscription, or activate it again."""

        @overload
        def support(
            self,
            action: Literal["subuser_limit"],
            /,
            *,
            limit: int | None = ...,
            account: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set how many access users the account may have; null is any number."""

        @overload
        def support(
            self,
            action: Literal["integration_user"],
            /,
            *,
            name: str = ...,
            pin: str | None = ...,
            account: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Create an access user as an integration does (a booking service), with this PIN or a random one."""

        @overload
        def support(
            self,
            action: Literal["add_lock"],
            /,
            *,
            name: str = ...,
            model: str = ...,
            account: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Add a lock that is registered and has just contacted the cloud, with a full battery and factory settings."""

        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:
            """Do what one of the signatures above says."""


class LocktDoor(BaseDeviceHandle):
    """A door of Lockt."""

    if TYPE_CHECKING:

        def present_card(self, *, card_num: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Show a card or fob with this number."""

        def present_credential(
            self, *, card_num: str | int | None = ..., phone: str | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Show a phone."""

        def battery(
            self, *, level: float | None = ..., missing: bool | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the battery: `level` from 0 to 1, `missing` if it is taken out."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the core's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class LocktPhone(BaseDeviceHandle):
    """A phone of Lockt."""

    if TYPE_CHECKING:

        def claim(self, *, credential_key: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type a registration key into the phone's app; by default that of the first unclaimed credential."""


class LocktBridge(BaseDeviceHandle):
    """A bridge of Lockt."""

    if TYPE_CHECKING:

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take the bridge off the network, or bring it back."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class LocktDevice(BaseDeviceHandle):
    """A device of Lockt, of any kind."""

    if TYPE_CHECKING:

        def present_card(self, *, card_num: str | int, after: _Seconds = None) -> dict[str, Any]:
            """Show a card or fob with this number."""

        def present_credential(
            self, *, card_num: str | int | None = ..., phone: str | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Show a phone."""

        def battery(
            self, *, level: float | None = ..., missing: bool | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the battery: `level` from 0 to 1, `missing` if it is taken out."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the core's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""

        def claim(self, *, credential_key: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type a registration key into the phone's app; by default that of the first unclaimed credential."""

        def network(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Take the bridge off the network, or bring it back."""


class LocktHardware(HardwareHandle):
    """The devices of Lockt."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {"door": LocktDoor, "phone": LocktPhone, "bridge": LocktBridge}

    if TYPE_CHECKING:

        def __getitem__(self, id: str | int) -> LocktDevice:  # type: ignore[override]
            """Return a device. Raises Unknown."""

        @overload  # type: ignore[override]
        def kind(self, kind: Literal["door"]) -> list[LocktDoor]:
            """Return all devices of the kind door."""

        @overload
        def kind(self, kind: Literal["phone"]) -> list[LocktPhone]:
            """Return all devices of the kind phone."""

        @overload
        def kind(self, kind: Literal["bridge"]) -> list[LocktBridge]:
            """Return all devices of the kind bridge."""

        def kind(self, kind: str) -> Any:
            """Do what one of the signatures above says."""


class Lockt(VendorHandle):
    """Lockt SecureAccess Cloud API 1.0, in one world."""

    hardware: LocktHardware
    hardware_type = LocktHardware

    if TYPE_CHECKING:

        def add_door(self, *, name: str = ..., location: str = ...) -> LocktDoor:
            """Add a door with a core of its own and a full battery, at the first bridge."""

        @overload  # type: ignore[override]
        def support(
            self,
            action: Literal["instance"],
            /,
            *,
            on: bool = ...,
            failing: Literal["record", "template"] = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Begin a communication failure with the customer's instance, or (`on: false`) end it."""

        @overload
        def support(
            self, action: Literal["pending_release"], /, *, on: bool | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Switch the operations that are pending release on or off."""

        @overload
        def support(
            self, action: Literal["https_only"], /, *, on: bool = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Refuse plain http from now on, as the vendor does."""

        @overload
        def support(
            self, action: Literal["event_cache"], /, *, size: int = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set how many events the system keeps."""

        @overload
        def support(
            self, action: Literal["door"], /, *, door: int, enabled: bool = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Disable a door in SecureAccess, or (`enabled: true`) enable it."""

        @overload
        def support(
            self, action: Literal["add_door"], /, *, name: str = ..., location: str = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Add a door with a core of its own and a full battery, at the first bridge."""

        @overload
        def support(
            self, action: Literal["time_zone"], /, *, name: str = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the time zone of the customer's instance."""

        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:
            """Do what one of the signatures above says."""


class CodelocksKitlock(BaseDeviceHandle):
    """A kitlock of Codelocks."""

    if TYPE_CHECKING:

        def initialise(self, *, sequence: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type an initialisation sequence, as /init returns it."""

        def enter_netcode(self, *, code: str, after: _Seconds = None) -> dict[str, Any]:
            """Type a NetCode."""

        def enter_master(self, *, code: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type a master code (without `code`: the lock's own)."""

        def replace_batteries(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Replace the batteries: the clock stops until it is set by `set_clock` or `initialise`."""

        def battery(self, *, level: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the charge of the batteries that are in the lock, from 0 (flat) to 1."""

        def set_clock(self, *, late: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the clock by hand, to now in UTC or to `late` seconds before now."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""

        def drift(self, *, seconds: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put the clock forward by so many seconds, or back if they are below zero."""


class CodelocksK3lock(BaseDeviceHandle):
    """A k3lock of Codelocks."""

    if TYPE_CHECKING:

        def unlock_by_phone(self, *, phone: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Try to open by Bluetooth with a phone."""

        def enter_netcode(self, *, code: str, after: _Seconds = None) -> dict[str, Any]:
            """Type a NetCode at the lock's keypad."""

        def sync(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Sync by Bluetooth: the lock reports its new events to the server, and its clock is set."""

        def gateway(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Connect a Wi-Fi gateway, or disconnect it."""

        def replace_batteries(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Replace the batteries."""

        def battery(self, *, level: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the charge of the batteries, from 0 (flat) to 1."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day, until a contact sets it."""


class CodelocksPhone(BaseDeviceHandle):
    """A phone of Codelocks."""

    if TYPE_CHECKING:

        def accept(self, *, lock: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Accept an invitation to `lock` (without it: the first invitation)."""

        def decline(self, *, lock: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Decline an invitation to `lock` (without it: the first invitation)."""


class CodelocksDevice(BaseDeviceHandle):
    """A device of Codelocks, of any kind."""

    if TYPE_CHECKING:

        def initialise(self, *, sequence: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type an initialisation sequence, as /init returns it."""

        def enter_netcode(self, *, code: str, after: _Seconds = None) -> dict[str, Any]:
            """Type a NetCode."""

        def enter_master(self, *, code: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Type a master code (without `code`: the lock's own)."""

        def replace_batteries(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Replace the batteries: the clock stops until it is set by `set_clock` or `initialise`."""

        def battery(self, *, level: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the charge of the batteries that are in the lock, from 0 (flat) to 1."""

        def set_clock(self, *, late: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the clock by hand, to now in UTC or to `late` seconds before now."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""

        def drift(self, *, seconds: float = ..., after: _Seconds = None) -> dict[str, Any]:
            """Put the clock forward by so many seconds, or back if they are below zero."""

        def unlock_by_phone(self, *, phone: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Try to open by Bluetooth with a phone."""

        def sync(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Sync by Bluetooth: the lock reports its new events to the server, and its clock is set."""

        def gateway(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Connect a Wi-Fi gateway, or disconnect it."""

        def accept(self, *, lock: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Accept an invitation to `lock` (without it: the first invitation)."""

        def decline(self, *, lock: str | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Decline an invitation to `lock` (without it: the first invitation)."""


class CodelocksHardware(HardwareHandle):
    """The devices of Codelocks."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {
        "kitlock": CodelocksKitlock,
        "k3lock": CodelocksK3lock,
        "phone": CodelocksPhone,
    }

    if TYPE_CHECKING:

        def __getitem__(self, id: str | int) -> CodelocksDevice:  # type: ignore[override]
            """Return a device. Raises Unknown."""

        @overload  # type: ignore[override]
        def kind(self, kind: Literal["kitlock"]) -> list[CodelocksKitlock]:
            """Return all devices of the kind kitlock."""

        @overload
        def kind(self, kind: Literal["k3lock"]) -> list[CodelocksK3lock]:
            """Return all devices of the kind k3lock."""

        @overload
        def kind(self, kind: Literal["phone"]) -> list[CodelocksPhone]:
            """Return all devices of the kind phone."""

        def kind(self, kind: str) -> Any:
            """Do what one of the signatures above says."""


class Codelocks(VendorHandle):
    """Codelocks Connect API 1, in one world."""

    hardware: CodelocksHardware
    hardware_type = CodelocksHardware

    if TYPE_CHECKING:

        def add_kitlock(self, *, name: str = ..., model: str = ..., master: str = ...) -> CodelocksKitlock:
            """Add a KitLock with full batteries and a clock that is right."""

        @overload  # type: ignore[override]
        def support(
            self, action: Literal["plan"], /, *, plan: str | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Change the subscription plan from now on (without `plan`: show the present one)."""

        @overload
        def support(
            self, action: Literal["bolt_on"], /, *, netcode: int = ..., utility: int = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Add calls to the current month."""

        @overload
        def support(
            self, action: Literal["access_key"], /, *, key: str | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Change the account's access key to `key` (without it: to a random one), as the account's owner does."""

        @overload
        def support(self, action: Literal["api_key"], /, *, after: _Seconds = None) -> dict[str, Any]:
            """Suspend the API key and make another one, as Customer Support does."""

        @overload
        def support(self, action: Literal["register"], /, *, email: str, after: _Seconds = None) -> dict[str, Any]:
            """Register a person with K3 Connect; the person then has a phone."""

        @overload
        def support(
            self,
            action: Literal["add_kitlock"],
            /,
            *,
            name: str = ...,
            model: str = ...,
            master: str = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Add a KitLock with full batteries and a clock that is right."""

        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:
            """Do what one of the signatures above says."""


class NukiBridge(BaseDeviceHandle):
    """A bridge of Nuki."""

    if TYPE_CHECKING:

        def press_button(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the bridge's button (on a software bridge: confirm in its app), which answers every open /auth window."""

        def power(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Connect or disconnect the power (`on`); without an argument, switch it over."""

        def network(self, *, on: bool | None = ..., wlan: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Switch the connection to the Nuki server (`on`) and the WLAN (`wlan`), without which no call reaches the bridge."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""


class NukiLock(BaseDeviceHandle):
    """A lock of Nuki."""

    if TYPE_CHECKING:

        def turn(
            self, *, to: Literal["locked", "unlocked", "unlatched", "undefined"] | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Turn the knob by hand; without `to` from locked to unlocked, and from any other state to locked."""

        def jam(self, *, on: bool = ..., after: _Seconds = None) -> dict[str, Any]:
            """Block the bolt, or unblock it (`on` false)."""

        def battery(
            self, *, level: Literal["full", "critical", "flat"] = ..., percent: int | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the charge of the lock's batteries: `full`, `critical` (the motor still runs) or `flat` (the lock is offline)."""

        def range(self, *, in_range: bool = ..., rssi: int | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Move the lock out of the bridge's range, or back (`in_range`), with this signal strength (`rssi`, in dBm)."""

        def calibrate(self, *, calibrated: bool = ..., after: _Seconds = None) -> dict[str, Any]:
            """Calibrate the lock, which leaves it unlocked, or clear its calibration (`calibrated` false)."""


class NukiDevice(BaseDeviceHandle):
    """A device of Nuki, of any kind."""

    if TYPE_CHECKING:

        def press_button(self, *, after: _Seconds = None) -> dict[str, Any]:
            """Press the bridge's button (on a software bridge: confirm in its app), which answers every open /auth window."""

        def power(self, *, on: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Connect or disconnect the power (`on`); without an argument, switch it over."""

        def network(self, *, on: bool | None = ..., wlan: bool | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Switch the connection to the Nuki server (`on`) and the WLAN (`wlan`), without which no call reaches the bridge."""

        def clock(self, *, offset: float = ..., drift: float | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""

        def turn(
            self, *, to: Literal["locked", "unlocked", "unlatched", "undefined"] | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Turn the knob by hand; without `to` from locked to unlocked, and from any other state to locked."""

        def jam(self, *, on: bool = ..., after: _Seconds = None) -> dict[str, Any]:
            """Block the bolt, or unblock it (`on` false)."""

        def battery(
            self, *, level: Literal["full", "critical", "flat"] = ..., percent: int | None = ..., after: _Seconds = None
        ) -> dict[str, Any]:
            """Set the charge of the lock's batteries: `full`, `critical` (the motor still runs) or `flat` (the lock is offline)."""

        def range(self, *, in_range: bool = ..., rssi: int | None = ..., after: _Seconds = None) -> dict[str, Any]:
            """Move the lock out of the bridge's range, or back (`in_range`), with this signal strength (`rssi`, in dBm)."""

        def calibrate(self, *, calibrated: bool = ..., after: _Seconds = None) -> dict[str, Any]:
            """Calibrate the lock, which leaves it unlocked, or clear its calibration (`calibrated` false)."""


class NukiHardware(HardwareHandle):
    """The devices of Nuki."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {"bridge": NukiBridge, "lock": NukiLock}

    if TYPE_CHECKING:

        def __getitem__(self, id: str | int) -> NukiDevice:  # type: ignore[override]
            """Return a device. Raises Unknown."""

        @overload  # type: ignore[override]
        def kind(self, kind: Literal["bridge"]) -> list[NukiBridge]:
            """Return all devices of the kind bridge."""

        @overload
        def kind(self, kind: Literal["lock"]) -> list[NukiLock]:
            """Return all devices of the kind lock."""

        def kind(self, kind: str) -> Any:
            """Do what one of the signatures above says."""


class Nuki(VendorHandle):
    """Nuki Bridge API 1.6, in one world."""

    hardware: NukiHardware
    hardware_type = NukiHardware

    if TYPE_CHECKING:

        def add_lock(self, *, name: str = ..., bridge: str | int | None = ...) -> NukiLock:
            """Add a lock that is paired with a bridge: locked, in range, with full batteries."""

        @overload  # type: ignore[override]
        def support(
            self,
            action: Literal["pair"],
            /,
            *,
            lock: str | int | None = ...,
            name: str | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Pair a lock with the bridge in whose range it is, under a name; without `lock` the first unpaired lock within range."""

        @overload
        def support(
            self,
            action: Literal["set_token"],
            /,
            *,
            token: str | None = ...,
            bridge: str | int | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Set the API token and enable the API; without `token` make a new random one, with '' disable the API."""

        @overload
        def support(
            self,
            action: Literal["discovery"],
            /,
            *,
            on: bool | None = ...,
            bridge: str | int | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Switch discovery and /auth on or off, as /configAuth does; without `on`, switch them over."""

        @overload
        def support(
            self,
            action: Literal["bridge_type"],
            /,
            *,
            kind: Literal["hardware", "software"] = ...,
            bridge: str | int | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Make the bridge a software bridge (an app on a phone or tablet), or a hardware bridge again."""

        @overload
        def support(
            self,
            action: Literal["drowsy"],
            /,
            *,
            on: bool = ...,
            bridge: str | int | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Let a lock that was idle for more than 10 minutes miss the first action, from now on."""

        @overload
        def support(self, action: Literal["add_bridge"], /, *, after: _Seconds = None) -> dict[str, Any]:
            """Set up another bridge in the same network, with a token and two locks of its own: one paired, one in range."""

        @overload
        def support(
            self,
            action: Literal["add_lock"],
            /,
            *,
            name: str = ...,
            bridge: str | int | None = ...,
            after: _Seconds = None,
        ) -> dict[str, Any]:
            """Add a lock that is paired with a bridge: locked, in range, with full batteries."""

        def support(self, action: str, /, *, after: _Seconds = None, **args: Any) -> dict[str, Any]:
            """Do what one of the signatures above says."""


HANDLES: Mapping[str, type[VendorHandle]] = {
    "noke": Noke,
    "remotelock": RemoteLock,
    "lockt": Lockt,
    "codelocks": Codelocks,
    "nuki": Nuki,
}
"""Vendor → its handle."""
