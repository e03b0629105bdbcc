"""The default world: the application's account, and another one whose owner may sign in. All names are invented.

HARBOUR_STAYS, owned by OWNER, is for client credentials. It has at least one of everything that the document shows.

    HARBOUR_HOUSE   New York time   FRONT_DOOR (LS-6i, locked), STORE_ROOM (LS-6i, with a lock action schedule),
                                    GARAGE (LS-DB500i, not replaceable), BARE_LOCK (LS-6i that has never connected),
                                    CELLAR (LS-8i: cards, no PINs), THERMOSTAT (LS-90i), PLUG (LS-P50i),
                                    CABIN (RL-4000, a resort lock), LOBBY (ACS door, locked),
                                    YARD (ACS door, unlocked, not connected)
    QUAY            Lisbon time     ATTIC (LS-5i, with an auto-lock schedule)
    BOATHOUSE       Denver time     nothing yet
    groups          INDOORS (FRONT_DOOR, LOBBY), OUTDOORS (empty)
    persons         CARETAKER (user: everywhere), CLEANER (user, with a card: nowhere yet), FORMER (user, deactivated),
                    VISITOR (guest, current: FRONT_DOOR, on a schedule), NEWCOMER (guest, upcoming: INDOORS),
                    DEPARTED (guest, expired)
    schedules       OFFICE_HOURS (access, with HOLIDAYS), SPARE_HOURS (access, unused), NIGHT_LATCH (auto lock),
                    OPENING_HOURS (lock action: STORE_ROOM), PLUG_HOURS, HEATING
    exceptions      HOLIDAYS (in use), STOCKTAKING (unused)
    resort guests   CABIN_GUEST, CABIN_PAST
    subscribers     TEXTED, MAILED, HOOKED; TEXTED is notified of every use, MAILED of resets of ATTIC
    events          one of each of the 19 types; UNLOCKED has a person

MILL_LODGE, owned by HOST, is for the connection info's email and password. It has a location, an LS-6i, a user, a guest,
two accesses and an event.

The last contact of the devices was three minutes ago. Times are relative to the world's start.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.physics import Charge
from locksim.engine.timestamps import DAY, HOUR, MINUTE, iso
from locksim.engine.turn import Turn
from locksim.remotelock import entities as e
from locksim.remotelock import schedules
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import EVENT_TYPES, inhabitant, model_of
from locksim.remotelock.hardware import battery, grants
from locksim.remotelock.oauth import OOB, Application, OAuth
from locksim.remotelock.physical import LockSettings, PhysicalDoor, PhysicalLock, PhysicalResortLock, ResortCode
from locksim.remotelock.state import State, User

__all__ = ["credentials", "default_world"]

HARBOUR_STAYS = inhabitant("account harbour stays")
MILL_LODGE = inhabitant("account mill lodge")
OWNER = inhabitant("user owner")
HOST = inhabitant("user host")

HARBOUR_HOUSE = inhabitant("location harbour house")
QUAY = inhabitant("location quay")
BOATHOUSE = inhabitant("location boathouse")
MILL = inhabitant("location mill")

FRONT_DOOR = inhabitant("lock front door")
STORE_ROOM = inhabitant("lock store room")
GARAGE = inhabitant("lock garage")
BARE_LOCK = inhabitant("lock never connected")
CELLAR = inhabitant("lock cellar")
ATTIC = inhabitant("lock attic")
MILL_DOOR = inhabitant("lock mill")
THERMOSTAT = inhabitant("thermostat")
PLUG = inhabitant("power plug")
CABIN = inhabitant("resort lock cabin")
LOBBY = inhabitant("door lobby")
YARD = inhabitant("door yard")

INDOORS = inhabitant("group indoors")
OUTDOORS = inhabitant("group outdoors")

CARETAKER = inhabitant("user caretaker")
CLEANER = inhabitant("user cleaner")
FORMER = inhabitant("user former")
VISITOR = inhabitant("guest visitor")
NEWCOMER = inhabitant("guest newcomer")
DEPARTED = inhabitant("guest departed")
MILLER = inhabitant("user miller")
LODGER = inhabitant("guest lodger")

OFFICE_HOURS = inhabitant("schedule office hours")
SPARE_HOURS = inhabitant("schedule spare hours")
NIGHT_LATCH = inhabitant("schedule night latch")
OPENING_HOURS = inhabitant("schedule opening hours")
PLUG_HOURS = inhabitant("schedule plug hours")
HEATING = inhabitant("schedule heating")
HOLIDAYS = inhabitant("exception holidays")
STOCKTAKING = inhabitant("exception stocktaking")

CABIN_GUEST = inhabitant("resort guest")
CABIN_PAST = inhabitant("resort guest past")

TEXTED = inhabitant("subscriber text")
MAILED = inhabitant("subscriber mail")
HOOKED = inhabitant("subscriber webhook")
SUBSCRIPTION = inhabitant("subscription")
RESETS = inhabitant("subscription resets")

UNLOCKED = inhabitant("event unlocked")
"""CARETAKER unlocked FRONT_DOOR by PIN."""
USED = inhabitant("event access_person_used")
ATTIC_RESET = inhabitant("event reset")

CARETAKER_FRONT = inhabitant("access caretaker front door")
CARETAKER_LOBBY = inhabitant("access caretaker lobby")
CARETAKER_INDOORS = inhabitant("access caretaker indoors")
CARETAKER_HOUSE = inhabitant("access caretaker harbour house")
VISITOR_FRONT = inhabitant("access visitor front door")
NEWCOMER_INDOORS = inhabitant("access newcomer indoors")

_WORK = [{"start_time": "09:00", "end_time": "17:00"}]
_SHORT = [{"start_time": "09:00", "end_time": "15:00"}]


def default_world(turn: Turn) -> State:
    """Return both accounts, their users, and one application."""
    long_ago = turn.now - 400 * DAY
    users = [
        _user(turn, OWNER, "Denise Ayers", "hillraymond@example.net", HARBOUR_STAYS),
        _user(turn, HOST, "Nicole Karpik", "kozuszekdagmara@example.com", MILL_LODGE),
    ]
    accounts = [
        Account(
            id=key, created_at=long_ago, updated_at=long_ago, name=name, primary_owner_id=owner,
            owner_role_id=inhabitant(f"role {name}"), default_guest_start_time="16:00:00",
            default_guest_end_time="11:00:00",
        )
        for key, name, owner in ((HARBOUR_STAYS, "Harbour Stays", OWNER), (MILL_LODGE, "Mill Lodge", HOST))
    ]  # fmt: skip
    _HarbourBuilder(turn, accounts[0]).build()
    _MillBuilder(turn, accounts[1]).build()
    for account in accounts:
        _sync_locks(turn, account)
    client_id = turn.random("client id").text(64)
    application = Application(
        client_id, turn.random("client secret").text(64), "Harbour Key Desk", [REDIRECT_URI, OOB], HARBOUR_STAYS, OWNER
    )
    return State(
        accounts={account.id: account for account in accounts},
        users={user.id: user for user in users},
        oauth=OAuth({client_id: application}),
    )


REDIRECT_URI = "http://127.0.0.1:8799/oauth_callback"
"""A place for the application's own server. The application's other redirect URI is `OOB`."""


def credentials(state: State) -> dict[str, str]:
    """Return the credentials for the connection info: the application's, and those of HOST."""
    application = next(iter(state.oauth.applications.values()))
    host = state.users.get(HOST) or next(iter(state.users.values()))
    return {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": application.redirect_uris[0],
        "email": host.email,
        "password": host.password,
    }


def _user(turn: Turn, id: str, name: str, email: str, account: str) -> User:
    long_ago = turn.now - 400 * DAY
    return User(
        id=id, created_at=long_ago, updated_at=long_ago, name=name, email=email, handle=email.partition("@")[0],
        password=turn.random("password", id).text(14, "abcdefghjkmnpqrstuvwxyz23456789"), primary_account_id=account,
        default_account_id=account,
    )  # fmt: skip


def _sync_locks(turn: Turn, account: Account) -> None:
    """Let every lock that was ever in contact store its grants."""
    for lock in account.devices.values():
        if isinstance(lock, e.Lock) and lock.connected_at is not None:
            physical = lock.physical
            physical.bolt, physical.reported_pins = lock.state, list(physical.settings.local_pins or [])
            drained = turn.drained(battery.PER_DAY[physical.battery_type])
            physical.charge = Charge(lock.power_level * 10_000, lock.connected_at, drained)
            physical.auto_lock_week, physical.lock_action_week = (
                schedules.week_of(account.schedules.get(key or ""))
                for key in (lock.auto_lock_schedule_id, lock.lock_action_schedule_id)
            )
            for key, grant in grants.expected_grants(account, lock, turn.now).items():
                why = grants.conflict(lock, grant)
                if why is None:
                    physical.grants[key] = grant
                else:
                    physical.sync_failures[key] = why


class _AccountBuilder:
    """Fills one account. Each item is created one minute after the one before."""

    def __init__(self, turn: Turn, account: Account) -> None:
        self.turn = turn
        self.account = account
        self.created_at = turn.now - 30 * DAY

    def new_fields(self, id: str) -> dict[str, Any]:
        """Return id, created_at and updated_at."""
        self.created_at += MINUTE
        return {"id": id, "created_at": self.created_at, "updated_at": self.created_at}

    def add(self, *items: Any) -> None:
        """Add items to the account's dicts, before its indexed collections exist."""
        for item in items:
            account = self.account
            dicts: dict[type[Any], Any] = {
                e.Location: account.locations, e.Lock: account.devices, e.PowerPlug: account.devices,
                e.Thermostat: account.devices, e.ResortLock: account.devices, e.AcsDoor: account.devices,
                e.Group: account.groups, e.GroupDoor: account.doors, e.AccessUser: account.persons,
                e.AccessGuest: account.persons, e.Access: account.accesses,
                e.AccessException: account.exceptions, e.Schedule: account.schedules,
                e.ResortGuest: account.resort_guests, e.Event: account.events,
                e.Subscriber: account.subscribers, e.Subscription: account.subscriptions,
                e.Notification: account.notifications,
            }  # fmt: skip
            dicts[type(item)][item.id] = item

    def local(self, days: int, clock: str) -> str:
        """Return a local time this many days after the world's start."""
        return f"{iso(self.turn.now + days * DAY)[:10]}T{clock}"

    def lock(self, id: str, model: str, serial: str, location: str, name: str, **more: Any) -> e.Lock:
        """Return a lock whose last contact was three minutes ago."""
        settings = LockSettings(1200, "alkaline_battery", "user_action", False, True, 20, "604218", ["3719"])
        if model == "LS-8i":
            settings.programming_code = settings.local_pins = None
        cloud = LockSettings(**{name: getattr(settings, name) for name in LockSettings.__struct_fields__})
        return e.Lock(
            **self.new_fields(id), name=name, serial_number=serial, model_id=model_of(model).id, location_id=location,
            physical=PhysicalLock(settings), settings=cloud, connected_at=self.turn.now - 3 * MINUTE,
            **({"signal_quality": 3, "power_level": 84} | more),
        )  # fmt: skip

    def access(self, id: str, person: Any, to: Any, **more: Any) -> e.Access:
        """Return an access of a person to a device, group or location."""
        return e.Access(
            **self.new_fields(id), person_id=person.id, person_type=person.type, accessible_id=to.id,
            accessible_type=to.type, **more,
        )  # fmt: skip

    def event(self, type: str, ago: int, publisher: Any, about: Any = None, zone: str = "", **more: Any) -> e.Event:
        """Return an event that happened `ago` µs before the world's start and was received 5 s later."""
        received = self.turn.now - ago + 5_000_000
        details: dict[str, Any] = {"source": "device", "status": "succeeded", **more}
        if about is not None:
            details |= {"associated_resource_id": about.id, "associated_resource_type": about.type}
        return e.Event(
            id=inhabitant(f"event {type}" if self.account.id == HARBOUR_STAYS else f"event {type} {self.account.id}"),
            created_at=received, updated_at=received, type=type, time_zone=zone, occurred_at=self.turn.now - ago,
            publisher_id=publisher.id, publisher_type=publisher.type, **details,
        )  # fmt: skip


class _HarbourBuilder(_AccountBuilder):
    def build(self) -> None:
        """Fill HARBOUR_STAYS."""
        self._places()
        self._devices()
        self._people()
        self._events()
        self._subscribers()

    def _places(self) -> None:
        self.add(
            e.Location(
                **self.new_fields(HARBOUR_HOUSE), name="Harbour House", phone="(555) 010-2277", address="14 Wharf Street",
                address2="Floor 2", city="Portsmouth", state="NH", postal_code="03801", country="US",
                time_zone="America/New_York",
            ),
            e.Location(**self.new_fields(QUAY), name="Quay Apartments", address="Rua do Cais 9", time_zone="Europe/Lisbon"),
            e.Location(**self.new_fields(BOATHOUSE), name="Boathouse", time_zone="America/Denver"),
            e.AccessException(
                **self.new_fields(HOLIDAYS), name="Holidays",
                dates=[
                    e.DateSpan(self.local(100, "")[:10], self.local(101, "")[:10]),
                    e.DateSpan(self.local(200, "")[:10], self.local(200, "")[:10]),
                ],
            ),
            e.AccessException(
                **self.new_fields(STOCKTAKING), name="Stocktaking",
                dates=[e.DateSpan(self.local(50, "")[:10], self.local(50, "")[:10])],
            ),
        )  # fmt: skip
        self._week(OFFICE_HOURS, "access_schedule", "Office hours", _WORK, _SHORT, access_exception_id=HOLIDAYS)
        self._week(SPARE_HOURS, "access_schedule", "Spare hours", _WORK, [])
        latch = [{"time": "09:00", "enable": False}, {"time": "17:00", "enable": True}]
        self._week(NIGHT_LATCH, "auto_lock_schedule", "Night latch", latch, latch)
        self._week(
            OPENING_HOURS, "lock_action_schedule", "Opening hours",
            [{"time": "08:00", "action": "unlock"}, {"time": "18:00", "action": "lock"}], [],
        )  # fmt: skip
        self._week(
            PLUG_HOURS, "power_plug_schedule", "Lights",
            [{"time": "08:00", "action": "on"}, {"time": "18:00", "action": "off"}], [],
        )  # fmt: skip
        heat = [{"time": "08:00", "cool": 60, "heat": 70}, {"time": "18:00", "cool": 40, "heat": 80}]
        self._week(HEATING, "thermostat_schedule", "Heating", heat, heat)

    def _week(self, id: str, type: Any, name: str, workday: list[Any], weekend: list[Any], **more: Any) -> None:
        days: dict[str, Any] = {day: list(workday) for day in ("mon", "tue", "wed", "thu", "fri")}
        days |= {day: list(weekend) for day in ("sat", "sun")}
        self.add(e.Schedule(**self.new_fields(id), type=type, name=name, **days, **more))

    def _devices(self) -> None:
        heard = self.turn.now - 3 * MINUTE
        self.front = self.lock(FRONT_DOOR, "LS-6i", "AC000W006113208", HARBOUR_HOUSE, "Front door")
        self.bare = self.lock(BARE_LOCK, "LS-6i", "AC000W006113340", HARBOUR_HOUSE, "Spare lock")
        self.bare.settings = LockSettings()
        self.bare.physical.link.online = False
        self.bare.connected_at, self.bare.signal_quality, self.bare.power_level = None, 0, 0
        self.lobby = e.AcsDoor(**self.new_fields(LOBBY), name="Lobby", location_id=HARBOUR_HOUSE)
        self.thermostat = e.Thermostat(
            **self.new_fields(THERMOSTAT), name="Hall thermostat", serial_number="20F85E77A01C",
            model_id=model_of("LS-90i").id, location_id=HARBOUR_HOUSE, heartbeat_interval=1200, connected_at=heard,
            signal_quality=2, current_mode="cool", target_mode="auto", temperature=77.0, target_temperature=75.5,
            humidity=45, energy_saver=True, scheduled_target_temperature=80.0, desired_target_temperature=75.5,
            thermostat_schedule_id=HEATING,
        )  # fmt: skip
        self.plug = e.PowerPlug(
            **self.new_fields(PLUG), name="Porch light", serial_number="20F85E90B4D2", model_id=model_of("LS-P50i").id,
            location_id=HARBOUR_HOUSE, heartbeat_interval=1200, connected_at=heard, signal_quality=4, on=True,
            voltage=120.0, power=4.5, power_factor=0.57, current=0.06, frequency=59.95, total_power=8.75,
            occupied=True, power_plug_schedule_id=PLUG_HOURS,
        )  # fmt: skip
        self.inside: tuple[Any, ...] = (self.front, self.lobby)
        self.add(
            self.front,
            self.lock(
                STORE_ROOM, "LS-6i", "AC000W006113215", HARBOUR_HOUSE, "Store room",
                lock_action_schedule_id=OPENING_HOURS, power_level=41,
            ),
            self.lock(GARAGE, "LS-DB500i", "20F85E3A10C7", HARBOUR_HOUSE, "Garage", power_level=54, signal_quality=2),
            self.bare,
            self.lock(CELLAR, "LS-8i", "AC000W008220171", HARBOUR_HOUSE, "Cellar"),
            self.thermostat,
            self.plug,
            e.ResortLock(
                **self.new_fields(CABIN), name="Cabin", serial_number="4C71A90E0F4FBE01", model_id=model_of("RL-4000").id,
                location_id=HARBOUR_HOUSE, physical=PhysicalResortLock(),
            ),
            self.lobby,
            e.AcsDoor(
                **self.new_fields(YARD), name="Yard", location_id=HARBOUR_HOUSE, state="unlocked", connected=False,
                physical=PhysicalDoor(),
            ),
            self.lock(ATTIC, "LS-5i", "AC000W005301946", QUAY, "Attic", auto_lock_schedule_id=NIGHT_LATCH),
        )  # fmt: skip

    def _people(self) -> None:
        caretaker = e.AccessUser(
            **self.new_fields(CARETAKER),
            name="Joseph Strickland",
            email="kennedycatherine@example.net",
            pin="4071",
            department="Maintenance",
            used=True,
        )
        cleaner = e.AccessUser(**self.new_fields(CLEANER), name="Ida Gałach", pin="2846", card_number="23456")
        former = e.AccessUser(**self.new_fields(FORMER), name="Hugh Taylor-Matthews", pin="5310", deactivated=True)
        visitor = e.AccessGuest(
            **self.new_fields(VISITOR),
            name="Mary Giles",
            email="nigel89@example.com",
            pin="7195",
            starts_at=self.local(-2, "16:00:00"),
            ends_at=self.local(9, "11:00:00"),
        )
        newcomer = e.AccessGuest(
            **self.new_fields(NEWCOMER),
            name="Scott Herring",
            email="michelle17@example.org",
            pin="8264",
            starts_at=self.local(12, "00:00:00"),
            ends_at=self.local(22, "00:00:00"),
        )
        departed = e.AccessGuest(
            **self.new_fields(DEPARTED),
            name="Zacharie Rey",
            email="dnoel@example.net",
            pin="6032",
            starts_at=self.local(-5, "18:24:34"),
            ends_at=self.local(-3, "18:24:34"),
        )
        self.caretaker, self.visitor, self.departed = caretaker, visitor, departed
        indoors = e.Group(**self.new_fields(INDOORS), name="Indoors")
        self.add(
            caretaker, cleaner, former, visitor, newcomer, departed, indoors,
            e.Group(**self.new_fields(OUTDOORS), name="Outdoors"),
            *(
                e.GroupDoor(
                    **self.new_fields(inhabitant(f"group door {door.name}")), group_id=INDOORS, door_id=door.id,
                    door_type=door.type,
                )
                for door in self.inside
            ),
            self.access(CARETAKER_FRONT, caretaker, self.front),
            self.access(CARETAKER_LOBBY, caretaker, self.lobby),
            self.access(CARETAKER_INDOORS, caretaker, indoors),
            self.access(CARETAKER_HOUSE, caretaker, self.account.locations[HARBOUR_HOUSE]),
            self.access(
                VISITOR_FRONT, visitor, self.front, access_schedule_id=OFFICE_HOURS, guest_start_time="14:00:00"
            ),
            self.access(NEWCOMER_INDOORS, newcomer, indoors),
        )  # fmt: skip
        for key, name, email, since, to in (
            (CABIN_GUEST, "Adélaïde Martel", "christelleseguin@example.net", 3, 20),
            (CABIN_PAST, "Karl Fleischmann", None, -9, -2),
        ):
            guest = e.ResortGuest(
                **self.new_fields(key),
                name=name,
                email=email,
                pin=self.turn.random("resort pin", key).text(10, "0123456789"),
                starts_at=self.local(since, "16:00:00"),
                ends_at=self.local(to, "11:00:00"),
                resort_lock_id=CABIN,
            )
            self.add(guest)
            cabin = self.account.devices[CABIN]
            assert isinstance(cabin, e.ResortLock)
            cabin.physical.codes.append(ResortCode(guest.pin, guest.starts_at, guest.ends_at, one_time=False))

    def _events(self) -> None:
        """Add one event of each of the 19 types, 90 minutes apart, the latest first."""
        by_pin = {"source": "user", "method": "pin"}
        front, lobby, there = self.front, self.lobby, "America/New_York"
        store_room = self.account.devices[STORE_ROOM]
        events: dict[str, tuple[Any, Any, dict[str, Any]]] = {
            "access_person_used": (self.caretaker, front, by_pin | {"pin": "4071"}),
            "unlocked": (front, self.caretaker, by_pin | {"pin": "4071"}),
            "locked": (front, None, {"method": "auto_lock"}),
            "access_denied": (front, None, {"source": "user", "status": "failed", "method": "pin", "pin": "99"}),
            "access_person_synced": (front, self.caretaker, {"source": "user"}),
            "access_person_sync_failed": (store_room, self.caretaker, {"source": "user", "status_info": "timeout"}),
            "access_guest_late_sync": (front, self.visitor, {"source": "user"}),
            "reset": (self.account.devices[ATTIC], None, {"zone": "Europe/Lisbon"}),
            "connectivity": (front, None, {"source": "user", "connected_at": self.turn.now - 40 * HOUR}),
            "power_level_low": (store_room, None, {"source": "user", "power_level": 5}),
            "battery_replaced": (store_room, None, {"power_level": 100}),
            "acs_door_opened": (lobby, None, {}),
            "acs_door_closed": (lobby, None, {}),
            "acs_door_held_open": (lobby, None, {}),
            "acs_requested_to_exit": (lobby, None, {"source": "user"}),
            "temperature_changed": (self.thermostat, None, {"temperature": 77.0}),
            "humidity_changed": (self.thermostat, None, {"humidity": 45}),
            "relay_enabled": (self.plug, None, {"source": "network"}),
            "relay_disabled": (self.plug, None, {"source": "network"}),
        }
        for position, kind in enumerate(EVENT_TYPES):
            publisher, about, more = events[kind]
            ago = 2 * HOUR + position * 90 * MINUTE
            self.add(self.event(kind, ago, publisher, about, **({"zone": there} | more)))

    def _subscribers(self) -> None:
        text: e.SubscriberType = "text_notification_subscriber"
        mail: e.SubscriberType = "email_notification_subscriber"
        self.add(
            e.Subscriber(**self.new_fields(TEXTED), type=text, name="Night desk", phone="(555) 010-3311", carrier="sprint"),
            e.Subscriber(**self.new_fields(MAILED), type=mail, name="Day desk", email="desk@example.org"),
            e.Subscriber(
                **self.new_fields(HOOKED), type="webhook_notification_subscriber", name="Key desk",
                url="https://hooks.example.com/remotelock", content_type="form",
                secret=self.turn.random("webhook secret").text(32),
            ),
            e.Subscription(
                **self.new_fields(SUBSCRIPTION), events=[e.SubscribedEvent("access_person_used")], subscriber_id=TEXTED,
                subscriber_type=text, publisher_id=self.account.id, publisher_type="account",
            ),
            e.Subscription(
                **self.new_fields(RESETS), events=[e.SubscribedEvent("reset")], subscriber_id=MAILED,
                subscriber_type=mail, publisher_id=ATTIC, publisher_type="lock",
            ),
        )  # fmt: skip
        for key, kind, event_id in ((TEXTED, text, USED), (MAILED, mail, ATTIC_RESET)):
            event = self.account.events[event_id]
            self.add(
                e.Notification(
                    id=inhabitant(f"notification {kind}"), created_at=event.created_at, updated_at=event.created_at,
                    subscriber_id=key, subscriber_type=kind, publisher_id=event.publisher_id,
                    publisher_type=event.publisher_type, event_id=event.id, event_type=event.type,
                )
            )  # fmt: skip


class _MillBuilder(_AccountBuilder):
    def build(self) -> None:
        """Fill MILL_LODGE."""
        door = self.lock(MILL_DOOR, "LS-6i", "AC000W006450077", MILL, "Mill door")
        miller = e.AccessUser(
            **self.new_fields(MILLER), name="Igor Moskalik", email="kojblazej@example.com", pin="4071"
        )
        lodger = e.AccessGuest(
            **self.new_fields(LODGER), name="Olalla Reyna", email="hquero@example.com", pin="3388",
            starts_at=self.local(-1, "16:00:00"), ends_at=self.local(6, "11:00:00"),
        )  # fmt: skip
        self.add(
            e.Location(
                **self.new_fields(MILL), name="Mill Lodge", city="Gdańsk", country="PL", time_zone="Europe/Warsaw"
            ),
            door,
            miller,
            lodger,
            self.access(inhabitant("access miller"), miller, door),
            self.access(inhabitant("access lodger"), lodger, door),
            self.event("unlocked", 3 * HOUR, door, miller, "Europe/Warsaw", source="user", method="pin", pin="4071"),
        )
