"""Power plugs and thermostats. They are wired, so they are in contact while they are online.

The last command to an offline device waits for it, for a day. Schedules run without the cloud, as the device last stored
them. A device that has missed several steps runs the last one: it decides what is so now.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal, TypeVar

from locksim.engine.physics import FULL
from locksim.engine.timestamps import iso
from locksim.remotelock import schedules
from locksim.remotelock.entities import Connection, PowerPlug, Thermostat
from locksim.remotelock.hardware import battery, heartbeats
from locksim.remotelock.hardware.base import DeviceHardware, check_link
from locksim.remotelock.physical import CloudLink

__all__ = ["PlugHardware", "ThermostatHardware", "WiredHardware"]

Source = Literal["user", "network", "device"]
W = TypeVar("W", PowerPlug, Thermostat)


class WiredHardware(DeviceHardware[W]):
    """What power plugs and thermostats share."""

    @property
    @abstractmethod
    def schedule_id(self) -> str | None:
        """The schedule that the device follows."""

    @abstractmethod
    def _run_step(self, entry: dict[str, Any]) -> None:
        """Run a step of the schedule."""

    @abstractmethod
    def _after_reconnecting(self, command: str | None) -> None:
        """Execute this command, and report what has changed."""

    # ---- what the cloud asks

    def start(self) -> None:
        """Begin with what the device learned at its last contact."""
        link = self.device.physical.link
        if not link.schedules_run_until:
            link.schedules_run_until = self.turn.now
            link.anchor = self.device.connected_at
            self._fetch_schedule()
            self._start_with_cloud_state()
            self.update_physics()

    def _start_with_cloud_state(self) -> None:
        """Take over what the cloud shows."""

    def register(self) -> None:
        """Begin, connected at once."""
        self.start()
        self.go_online()

    def update_settings(self) -> None:
        """Fetch the schedule, if online."""
        self.update_grants()

    def update_grants(self) -> None:
        """Fetch the schedule, if online."""
        if self.device.physical.link.online:
            self._fetch_schedule()
        self.set_timer()

    def connection(self) -> Connection:
        """Return what the cloud knows of the connection now."""
        device, now = self.device, self.turn.now
        last = self.last_contact() or device.connected_at
        alive = last is not None and now - last < heartbeats.lost_after(device.heartbeat_interval)
        connected = self.is_online() and last is not None
        return Connection(connected, alive, last, device.signal_quality, self._power_level())

    def _power_level(self) -> int | None:
        return None

    def last_contact(self) -> int | None:
        """Return when the device was last in contact; None: never. An empty battery ends its contacts."""
        until, empty_at = self.turn.now, self.empty_at()
        if empty_at is not None:
            until = min(until, empty_at - 1)
        return heartbeats.last_heartbeat(self.device.physical.link, self.device.heartbeat_interval, until)

    def empty_at(self) -> int | None:
        """Return when the device's battery is empty; None: never."""
        return None

    def has_power(self) -> bool:
        """Return whether the device has power now."""
        empty_at = self.empty_at()
        return empty_at is None or self.turn.now < empty_at

    def is_online(self) -> bool:
        """Return whether the device has network and power."""
        return self.device.physical.link.online and self.has_power()

    def _fetch_schedule(self) -> None:
        key = self.schedule_id
        self.device.physical.week = schedules.week_of(self.account.schedules[key]) if key else None
        self.device.physical.link.zone = self.account.zone_of(self.device)

    # ---- the connection

    def go_offline(self) -> None:
        """Lose the connection."""
        link = self.device.physical.link
        self.device.connected_at = self.last_contact()
        if link.online:
            link.online, link.offline_since = False, self.turn.now

    def go_online(self) -> None:
        """Connect: fetch the schedule, execute the last command, and report changes."""
        device, link, now = self.device, self.device.physical.link, self.turn.now
        link.online, link.offline_since = True, None
        link.anchor = device.connected_at = now
        link.clock.set(now)
        device.signal_quality = device.signal_quality or self.turn.random("signal", device.id).between(1, 4)
        if link.lost:
            link.lost = False
            self.record("connectivity", source="user", connected_at=now)
        self._fetch_schedule()
        self._after_reconnecting(self._take_command())
        self.set_timer()

    # ---- what is due

    def catch_up(self) -> None:
        """Do what is due by now."""
        physical, link, now = self.device.physical, self.device.physical.link, self.turn.now
        since, shown = link.schedules_run_until, self.time()
        link.schedules_run_until = max(since, shown)
        for _, entry in schedules.steps_between(physical.week, link.zone, since, shown, limit=1):
            if self.has_power():
                self._run_step(entry)
        lost_at = self._lost_at()
        if lost_at is not None and lost_at <= now:
            link.lost = True
            connected_at = self.last_contact() or self.device.connected_at
            self.record("connectivity", source="user", status="failed", connected_at=connected_at)

    def report(self, type: str, **more: Any) -> None:
        """Record an event that the device reports, which happened now by its own clock."""
        self.record(type, occurred_at=self.time(), **more)

    def set_timer(self) -> None:
        """Set the timer for what is due next."""
        physical, link = self.device.physical, self.device.physical.link
        step = self._next_step(physical.week, link, self.device.heartbeat_interval)
        self._set_timer_at((step, self._lost_at(), self._battery_due()))

    def _battery_due(self) -> int | None:
        """Return when the battery does something by itself."""
        return None

    @property
    def timer_state(self) -> CloudLink:
        """The device's link."""
        return self.device.physical.link

    def _lost_at(self) -> int | None:
        device, link, empty_at = self.device, self.device.physical.link, self.empty_at()
        if link.lost or device.connected_at is None or (link.online and empty_at is None):
            return None
        last = device.connected_at
        if empty_at is not None and link.online:
            last = heartbeats.last_heartbeat(link, device.heartbeat_interval, empty_at - 1) or last
        return last + heartbeats.lost_after(device.heartbeat_interval)


class PlugHardware(WiredHardware[PowerPlug]):
    """A power plug in its socket."""

    @property
    def schedule_id(self) -> str | None:
        """The power plug schedule."""
        return self.device.power_plug_schedule_id

    def _start_with_cloud_state(self) -> None:
        self.device.physical.on = self.device.on

    def command(self, action: str) -> None:
        """Switch now, or when it is online again."""
        if self.device.physical.link.online:
            self._switch(on=action == "power_on", source="network")
        else:
            self._keep_command(action)

    def toggle(self) -> None:
        """Switch, as by the button on the plug."""
        self._switch(on=not self.device.physical.on, source="user")

    def _run_step(self, entry: dict[str, Any]) -> None:
        self._switch(on=entry["action"] == "on", source="device")

    def _after_reconnecting(self, command: str | None) -> None:
        plug = self.device
        if command is not None:
            self._switch(on=command == "power_on", source="network")
        if plug.physical.on is not None and plug.physical.on != plug.on:
            plug.on = plug.physical.on
            self._report_relay("device")

    def _switch(self, *, on: bool, source: Source) -> None:
        plug = self.device
        changed, plug.physical.on = plug.physical.on is not on, on
        if plug.physical.link.online:
            plug.on = on
            if changed:
                self._report_relay(source)

    def _report_relay(self, source: Source) -> None:
        self.report("relay_enabled" if self.device.physical.on else "relay_disabled", source=source)

    def describe(self) -> dict[str, Any]:
        """Return the plug's hardware state."""
        plug = self.device
        on = plug.on if plug.physical.on is None else plug.physical.on
        return {"online": plug.physical.link.online, "on": on, "clock": iso(self.time())}

    @staticmethod
    def check(device: PowerPlug) -> None:
        """Raise AssertionError if the plug's hardware state is inconsistent."""
        physical = device.physical
        check_link(device.name, physical.link)
        known = physical.on is None or not physical.link.online
        assert known or device.on is physical.on, f"{device.name}: the cloud and the plug differ"


class ThermostatHardware(WiredHardware[Thermostat]):
    """A thermostat on its wall."""

    @property
    def schedule_id(self) -> str | None:
        """The thermostat schedule."""
        return self.device.thermostat_schedule_id

    def update_settings(self) -> None:
        """Fetch the schedule, if online, and adapt the mode."""
        if self.device.physical.link.online:
            self._fetch_schedule()
        self._update_mode()
        self.set_timer()

    # ---- its battery

    def _power_level(self) -> int | None:
        """Return the level at the last contact."""
        last = self.last_contact()
        if not self._has_battery() or last is None:
            return self.device.power_level
        return self.device.physical.charge.left(self.turn.now if self.is_online() else last) * 100 // FULL

    def _has_battery(self) -> bool:
        return self.device.power_source == "battery"

    def empty_at(self) -> int | None:
        """Return when the device's battery is empty; None: never."""
        return self.device.physical.charge.falls_to(0) if self._has_battery() else None

    def update_physics(self) -> None:
        """Take the world's drift and drain."""
        super().update_physics()
        drained = self.turn.drained(battery.PER_DAY[self.device.power_source])
        battery.set_rate(self.device.physical.charge, self.turn.now, drained)

    def set_battery(self, level: int) -> None:
        """Put a battery in with this percentage. The thermostat restarts if it had no power."""
        thermostat, charge, had_power = self.device, self.device.physical.charge, self.has_power()
        thermostat.power_source = "battery"
        battery.set_level(charge, self.turn.now, level * 10_000)
        charge.per_day = self.turn.drained(battery.PER_DAY["battery"])
        if self.is_online() and not had_power:
            self.go_online()
        self._report_battery()
        self.set_timer()

    def _report_battery(self) -> None:
        """Report a low battery once."""
        physical = self.device.physical
        if not self._has_battery() or not self.is_online():
            return
        level = self.device.power_level = physical.charge.left(self.turn.now) * 100 // FULL
        was_reported, physical.low_reported = physical.low_reported, level <= battery.LOW
        if physical.low_reported and not was_reported:
            self.report("power_level_low", source="user", power_level=level)

    def _battery_due(self) -> int | None:
        if self.device.physical.low_reported or not self._has_battery() or not self.is_online():
            return None
        return self.device.physical.charge.falls_to(FULL // 100 * (battery.LOW + 1) - 1)

    def catch_up(self) -> None:
        """Do what is due by now."""
        super().catch_up()
        self._report_battery()

    def measure(self, *, temperature: float | None = None, humidity: int | None = None) -> None:
        """Measure these values. A change is reported at once, or when the thermostat is online again."""
        thermostat, physical = self.device, self.device.physical
        physical.temperature = physical.temperature if temperature is None else temperature
        physical.humidity = physical.humidity if humidity is None else humidity
        if not self.is_online():
            return
        if physical.temperature is not None and physical.temperature != thermostat.temperature:
            thermostat.temperature = physical.temperature
            self._update_mode()
            self.report("temperature_changed", temperature=thermostat.temperature)
        if physical.humidity is not None and physical.humidity != thermostat.humidity:
            thermostat.humidity = physical.humidity
            self.report("humidity_changed", humidity=thermostat.humidity)

    def _run_step(self, entry: dict[str, Any]) -> None:
        """Take the step's target, unless somebody holds another."""
        thermostat = self.device
        thermostat.scheduled_target_temperature = float(entry["cool" if thermostat.current_mode == "cool" else "heat"])
        if not thermostat.hold:
            thermostat.target_temperature = thermostat.scheduled_target_temperature
            thermostat.desired_target_temperature = thermostat.scheduled_target_temperature
            self._update_mode()

    def _after_reconnecting(self, command: str | None) -> None:
        self.measure()
        self._report_battery()

    def _update_mode(self) -> None:
        """In the mode `auto`, cool if it is warmer than the target, and heat otherwise."""
        thermostat = self.device
        too_warm = thermostat.temperature > thermostat.target_temperature
        automatic = "cool" if too_warm else "heat"
        thermostat.current_mode = automatic if thermostat.target_mode == "auto" else thermostat.target_mode

    def describe(self) -> dict[str, Any]:
        """Return the thermostat's hardware state."""
        thermostat = self.device
        return {
            "online": thermostat.physical.link.online,
            "powered": self.has_power(),
            "battery": thermostat.physical.charge.left(self.turn.now) * 100 // FULL if self._has_battery() else None,
            "clock": iso(self.time()),
            "temperature": thermostat.temperature,
            "humidity": thermostat.humidity,
        }

    @staticmethod
    def check(device: Thermostat) -> None:
        """Raise AssertionError if the thermostat's hardware state is inconsistent."""
        check_link(device.name, device.physical.link)
        device.physical.charge.check()
