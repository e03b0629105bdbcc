"""What goes out: every resource as its samples print it, keys in their order.

Instants are `2018-08-29T18:24:14Z`, to the second. A relation that is unset has neither its id nor its link; anything
else that is unknown is null. `links` are absolute, below the address at which this world's API is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine.inputs import Answer, Headers
from locksim.engine.timestamps import SECOND, iso
from locksim.engine.turn import Turn
from locksim.remotelock import catalog, people
from locksim.remotelock import entities as e
from locksim.remotelock.errors import GeneralError, Invalid, OAuthError, RemoteLockError, TooMany, WrongMethod
from locksim.remotelock.oauth import Token
from locksim.remotelock.state import Account, User

if TYPE_CHECKING:
    from locksim.remotelock.sync import Contact, Counts

__all__ = [
    "JSON",
    "OBSERVED",
    "Listed",
    "Told",
    "answer",
    "day_attributes",
    "event_document",
    "page",
    "path_of",
    "refusal",
    "render_access",
    "render_account",
    "render_connected",
    "render_door",
    "render_event",
    "render_exception",
    "render_group",
    "render_group_door",
    "render_location",
    "render_model",
    "render_notification",
    "render_person",
    "render_preview",
    "render_resort_guest",
    "render_resort_lock",
    "render_schedule",
    "render_subscriber",
    "render_subscription",
    "render_token",
    "render_user",
    "single",
    "stamp",
]

JSON = "application/json"
OBSERVED = "observed"

Told = dict[str, Any]
"""A resource as JSON."""
Listed = list[Told]

_PATHS = {
    "account": "/account",
    "location": "/locations/{}",
    "access_user": "/access_persons/{}",
    "access_guest": "/access_persons/{}",
    "acs_door": "/acs/doors/{}",
    "door_group": "/groups/{}",
    "email_notification_subscriber": "/notification_subscribers/{}",
    "text_notification_subscriber": "/notification_subscribers/{}",
    "webhook_notification_subscriber": "/notification_subscribers/{}",
}


def path_of(type: str, id: str) -> str:
    """Where a resource of this type is found; devices but for doors are below /devices."""
    return _PATHS.get(type, "/devices/{}").format(id)


def stamp(us: int) -> str:
    """To the second."""
    return iso(us - us % SECOND)


def _maybe(us: int | None) -> str | None:
    return None if us is None else stamp(us)


# ---- answers


def answer(document: Any, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, (("Content-Type", JSON),), msgspec.json.encode(document))


def single(resource: Told) -> Told:
    """The document of one resource."""
    return {"data": resource}


def page(resources: Listed, number: int, size: int, total: int) -> Told:
    """The document of a page of a collection (chapter *Pagination*)."""
    pages = -(-total // size)
    meta = {"page": number, "per_page": size, "total_pages": pages, "total_count": total}
    return {"data": resources, "meta": meta}


def refusal(error: RemoteLockError, attributes: Told) -> Answer:
    """`attributes`: what the caller sent, which resource errors repeat."""
    match error:
        case Invalid(errors=errors):
            return answer({"attributes": attributes, "errors": _resource_errors(errors)}, error.status)
        case TooMany(message=message):
            return answer({"message": message}, error.status)
        case WrongMethod():
            told = answer({"message": error.message, "type": error.type}, error.status)
            return Answer(told.status, (*told.headers, ("Allow", error.allow)), told.body)
        case GeneralError(message=message, type=type):
            return answer({"message": message, "type": type}, error.status)
        case OAuthError():
            told = answer({"error": error.error, "error_description": error.description}, error.status)
            more: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
            if error.status == 401:
                words = f'error="{error.error}", error_description="{error.description}"'
                challenge = 'Basic realm="Doorkeeper"' if error.basic else f'Bearer realm="Doorkeeper", {words}'
                more = (*more, ("WWW-Authenticate", challenge))
            return Answer(told.status, (*told.headers, *more), told.body)
        case _:
            words = f'error="invalid_token", error_description="{getattr(error, "description", "")}"'
            return Answer(error.status, (("WWW-Authenticate", f'Bearer realm="Doorkeeper", {words}'),))


def _resource_errors(errors: tuple[tuple[str | None, str], ...]) -> Listed:
    """One entry an attribute (chapter *Resource errors*)."""
    by: dict[str | None, list[str]] = {}
    for attribute, message in errors:
        by.setdefault(attribute, []).append(message)
    return [
        {
            "attribute": attribute,
            "messages": messages,
            "full_messages": [message if attribute is None else f"{attribute} {message}" for message in messages],
        }
        for attribute, messages in by.items()
    ]


# ---- resources


def _resource(
    turn: Turn, type: str, id: str, path: str, attributes: Told, links: Told | None = None, restricted: str = ""
) -> Told:
    """`links`: name → path."""
    base = turn.url("api")
    all_links = {"self": base + path} | {name: base + to for name, to in (links or {}).items()}
    told: Told = {"type": type, "attributes": attributes, "id": id, "links": all_links}
    if restricted:
        told["meta"] = {"restricted_actions": [restricted]}
    return told


def _made(thing: e.Thing | Account | User) -> Told:
    return {"created_at": stamp(thing.created_at), "updated_at": stamp(thing.updated_at)}


def _related(thing: Any, *names: str) -> tuple[Told, Told]:
    """Of those relations to schedules that are set: attributes, links."""
    found = {name: getattr(thing, name) for name in names if getattr(thing, name) is not None}
    return found, {name.removesuffix("_id"): f"/schedules/{key}" for name, key in found.items()}


def render_account(turn: Turn, account: Account) -> Told:
    """Chapter *Accounts*."""
    attributes = {
        "name": account.name,
        **_made(account),
        "default_guest_start_time": account.default_guest_start_time,
        "default_guest_end_time": account.default_guest_end_time,
        "rental_guest_time_override": account.rental_guest_time_override,
        "primary_owner_id": account.primary_owner_id,
        "owner_role_id": account.owner_role_id,
    }
    links = {"primary_owner": "/user", "owner_role": f"/roles/{account.owner_role_id}"}
    return _resource(turn, "account", account.id, "/account", attributes, links)


def render_user(turn: Turn, user: User) -> Told:
    """Chapter *Users*."""
    attributes = {
        "name": user.name,
        "email": user.email,
        "handle": user.handle,
        **_made(user),
        "primary_account_id": user.primary_account_id,
        "default_account_id": user.default_account_id,
    }
    links = {"primary_account": "/account", "default_account": "/account"}
    return _resource(turn, "user", user.id, "/user", attributes, links)


def render_location(turn: Turn, location: e.Location) -> Told:
    """Chapter *Locations*. It comes in as `address2`, and as `address_2` in the parameter list."""
    names = ("name", "phone", "address", "address2", "city", "state", "postal_code", "country", "time_zone")
    attributes = {name: getattr(location, name) for name in names} | _made(location)
    return _resource(turn, location.type, location.id, f"/locations/{location.id}", attributes)


def render_exception(turn: Turn, exception: e.AccessException) -> Told:
    """Chapter *Access Exceptions*."""
    dates = [{"start_date": span.start_date, "end_date": span.end_date} for span in exception.dates]
    attributes = {"name": exception.name, "dates": dates} | _made(exception)
    return _resource(turn, exception.type, exception.id, f"/access_exceptions/{exception.id}", attributes)


_PERSON = ("name", "email", "phone", "pin", "card_number", "department")


def render_person(turn: Turn, account: Account, person: e.AccessPerson) -> Told:
    """Chapter *Access Persons*. Who is expired or deactivated can no longer be updated."""
    status = people.status(account, person, turn.now)
    attributes = {name: getattr(person, name) for name in _PERSON}
    attributes |= {"status": status, "rental_source": person.rental_source} | _made(person)
    if isinstance(person, e.AccessGuest):
        attributes |= {"starts_at": person.starts_at, "ends_at": person.ends_at}
    restricted = "update" if status in ("expired", "deactivated") else ""
    return _resource(turn, person.type, person.id, f"/access_persons/{person.id}", attributes, restricted=restricted)


def render_access(turn: Turn, access: e.Access, counts: Counts) -> Told:
    """Chapter *Get all of an access person's accesses*."""
    schedule, links = _related(access, "access_schedule_id")
    person = f"/access_persons/{access.person_id}"
    attributes = {
        "guest_start_time": access.guest_start_time,
        "guest_end_time": access.guest_end_time,
        "devices_count": counts.devices,
        "devices_synced_count": counts.synced,
        "devices_pending_sync_count": counts.pending,
        "devices_failed_sync_count": counts.failed,
        "accessible_type": access.accessible_type,
        **_made(access),
        **schedule,
        "access_person_id": access.person_id,
        "access_person_type": access.person_type,
        "accessible_id": access.accessible_id,
    }
    links |= {"access_person": person, "accessible": path_of(access.accessible_type, access.accessible_id)}
    return _resource(turn, access.type, access.id, f"{person}/accesses/{access.id}", attributes, links)


def render_door(turn: Turn, door: e.AcsDoor) -> Told:
    """Chapter *ACS Doors*."""
    attributes = {
        "name": door.name,
        "state": door.state,
        "connected": door.connected,
        **_made(door),
        "location_id": door.location_id,
    }
    links = {"location": f"/locations/{door.location_id}"}
    return _resource(turn, door.type, door.id, f"/acs/doors/{door.id}", attributes, links)


def _device(turn: Turn, device: Any, attributes: Told, *schedules: str) -> Told:
    """What all but doors end with."""
    related, more = _related(device, *schedules)
    attributes |= {"model_id": device.model_id, "location_id": device.location_id} | related
    links = {"model": f"/models/{device.model_id}", "location": f"/locations/{device.location_id}"} | more
    fixed = device.type != "resort_lock" and not catalog.can(device.model_id, "replaceable")
    restricted = "replace" if fixed else ""
    return _resource(turn, device.type, device.id, f"/devices/{device.id}", attributes, links, restricted)


def render_resort_lock(turn: Turn, lock: e.ResortLock) -> Told:
    """Chapter *Register a ResortLock*. (Not replaceable either, but its samples show no restricted action.)"""
    attributes = {
        "name": lock.name,
        "default_guest_start_time": lock.default_guest_start_time,
        "default_guest_end_time": lock.default_guest_end_time,
        **_made(lock),
        "serial_number": lock.serial_number,
    }
    return _device(turn, lock, attributes)


def render_connected(turn: Turn, device: e.Lock | e.PowerPlug | e.Thermostat, contact: Contact) -> Told:
    """Chapter *Devices*: what has a radio. `wifi_level` is deprecated and always 0."""
    source = device.settings.power_source if isinstance(device, e.Lock) else "hardwire"
    if isinstance(device, e.Thermostat):
        source = device.power_source
    interval = device.settings.heartbeat_interval if isinstance(device, e.Lock) else device.heartbeat_interval
    head = {
        "name": device.name,
        "heartbeat_interval": interval,
        "wifi_level": 0,
        "signal_quality": contact.signal_quality,
        "connected": contact.connected,
        "alive": contact.alive,
        "power_source": source,
        "connected_at": _maybe(contact.connected_at),
        "serial_number": device.serial_number,
    }
    if isinstance(device, e.Lock):
        return _device(turn, device, head | _lock(device, contact), "auto_lock_schedule_id", "lock_action_schedule_id")
    if isinstance(device, e.PowerPlug):
        return _device(turn, device, head | {name: getattr(device, name) for name in _PLUG}, "power_plug_schedule_id")
    battery = {} if contact.power_level is None else {"power_level": contact.power_level}
    shown = {name: getattr(device, name) for name in _THERMOSTAT}
    return _device(turn, device, head | shown | battery | _made(device), "thermostat_schedule_id")


def _lock(lock: e.Lock, contact: Contact) -> Told:
    settings = lock.settings
    return {
        "wake_wifi": settings.wake_wifi,
        "muted": settings.muted,
        "auto_lock": settings.auto_lock,
        "auto_lock_timeout": settings.auto_lock_timeout,
        "programming_code": settings.programming_code,
        "state": lock.state,
        "power_level": contact.power_level,
        **_made(lock),
        "default_guest_start_time": lock.default_guest_start_time,
        "default_guest_end_time": lock.default_guest_end_time,
        "local_pins": settings.local_pins,
    }


_PLUG = ("on", "voltage", "power", "power_factor", "current", "frequency", "total_power", "occupied")
_THERMOSTAT = (
    "current_mode", "target_mode", "fan_mode", "hold", "temperature", "target_temperature", "unit", "humidity",
    "energy_saver", "scheduled_target_temperature", "desired_target_temperature",
)  # fmt: skip


def render_model(turn: Turn, model: catalog.Model) -> Told:
    """Chapter *Models*."""
    attributes = {"number": model.number, "type": model.type, "capabilities": model.capabilities}
    return _resource(turn, "model", model.id, f"/models/{model.id}", attributes)


def render_group(turn: Turn, group: e.Group) -> Told:
    """Chapter *Groups*."""
    return _resource(turn, group.type, group.id, f"/groups/{group.id}", {"name": group.name} | _made(group))


def render_group_door(turn: Turn, door: e.GroupDoor) -> Told:
    """Chapter *Get all doors in a door group*."""
    group = f"/groups/{door.group_id}"
    attributes = _made(door) | {"door_id": door.door_id, "door_type": door.door_type, "door_group_id": door.group_id}
    links = {"door": path_of(door.door_type, door.door_id), "door_group": group}
    return _resource(turn, door.type, door.id, f"{group}/doors/{door.id}", attributes, links)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day_attributes() -> tuple[str, ...]:
    """The days of a schedule, by the names of its attributes."""
    return _DAYS


def render_schedule(turn: Turn, schedule: e.Schedule) -> Told:
    """Chapter *Schedules*. The samples do not show the exception that an access schedule was given."""
    attributes = {"name": schedule.name} | {day: getattr(schedule, day) for day in _DAYS} | _made(schedule)
    return _resource(turn, schedule.type, schedule.id, f"/schedules/{schedule.id}", attributes)


def render_resort_guest(turn: Turn, guest: e.ResortGuest) -> Told:
    """Chapter *Resort Lock Guests*."""
    names = ("name", "email", "pin", "starts_at", "ends_at", "one_time_access", "rental_source")
    attributes = {name: getattr(guest, name) for name in names} | _made(guest)
    attributes["resort_lock_id"] = guest.resort_lock_id
    links = {"resort_lock": f"/devices/{guest.resort_lock_id}"}
    return _resource(turn, guest.type, guest.id, f"/resort_lock_guests/{guest.id}", attributes, links)


def render_preview(turn: Turn, subject: str, body: str, sender: User) -> Told:
    """Chapter *Preview resort lock guest access instructions email*: it has no id."""
    attributes = {
        "subject": subject, "body": body, "from_name": sender.name, "reply_to": sender.email, "cc": None, "bcc": None,
    }  # fmt: skip
    link = turn.url("api") + "/access_instruction_guest_email_template/preview"
    return {"type": "access_instruction_guest_email_template", "attributes": attributes, "links": {"self": link}}


# ---- what is told

_SUBSCRIBERS = {
    "email_notification_subscriber": ("name", "email"),
    "text_notification_subscriber": ("name", "phone", "carrier"),
    "webhook_notification_subscriber": ("name", "url", "content_type", "secret"),
}


def render_subscriber(turn: Turn, subscriber: e.Subscriber) -> Told:
    """Chapter *Notification Subscribers*."""
    attributes = {name: getattr(subscriber, name) for name in (*_SUBSCRIBERS[subscriber.type], "active")}
    attributes |= _made(subscriber)
    path = path_of(subscriber.type, subscriber.id)
    return _resource(turn, subscriber.type, subscriber.id, path, attributes)


def _parties(note: e.Subscription | e.Notification) -> tuple[Told, Told]:
    names = ("subscriber_id", "subscriber_type", "publisher_id", "publisher_type")
    links = {
        "subscriber": path_of(note.subscriber_type, note.subscriber_id),
        "publisher": path_of(note.publisher_type, note.publisher_id),
    }
    return {name: getattr(note, name) for name in names}, links


def render_subscription(turn: Turn, subscription: e.Subscription) -> Told:
    """Chapter *Notification Subscriptions*."""
    parties, links = _parties(subscription)
    attributes = {"events": msgspec.to_builtins(subscription.events)} | _made(subscription) | parties
    path = f"/notification_subscriptions/{subscription.id}"
    return _resource(turn, subscription.type, subscription.id, path, attributes, links)


def render_notification(turn: Turn, note: e.Notification) -> Told:
    """Chapter *Notifications*: here event types end in `_event`, in subscriptions they do not."""
    parties, links = _parties(note)
    attributes = _made(note) | parties | {"event_id": note.event_id, "event_type": f"{note.event_type}_event"}
    links["event"] = f"/events/{note.event_id}"
    return _resource(turn, note.type, note.id, f"/notifications/{note.id}", attributes, links)


def render_event(turn: Turn, account: Account, event: e.Event) -> Told:
    """Chapter *Events*. What it is about may have been deleted since: then it is named, and no link leads there."""
    attributes: Told = {
        "source": event.source,
        "status": event.status,
        "time_zone": event.time_zone,
        "occurred_at": stamp(event.occurred_at),
        **_made(event),
    }
    for name in catalog.TELLS[event.type]:
        value = getattr(event, name)
        attributes[name] = _maybe(value) if name == "connected_at" else value
    attributes |= {"publisher_id": event.publisher_id, "publisher_type": event.publisher_type}
    links: Told = {"publisher": path_of(event.publisher_type, event.publisher_id)}
    about, kind = event.associated_resource_id, event.associated_resource_type
    if about is not None and kind is not None:
        attributes |= {"associated_resource_id": about, "associated_resource_type": kind}
        if about in account.persons or about in account.devices:
            links["associated_resource"] = path_of(kind, about)
    return _resource(turn, f"{event.type}_event", event.id, f"/events/{event.id}", attributes, links)


def event_document(turn: Turn, account: Account, event: e.Event) -> Told:
    """The body of a webhook: as one event is answered. `observed`: with relative links (RemoteLockBot's examples)."""
    resource = render_event(turn, account, event)
    if turn.profile == OBSERVED:
        base = turn.url("api")
        resource["links"] = {name: to.removeprefix(base) for name, to in resource["links"].items()}
    return single(resource)


def render_token(turn: Turn, token: Token, grant: str) -> Told:
    """Chapter *Generating an OAuth Token*, whose samples differ in their order; `observed`: the tutorial's."""
    first = {"access_token": token.token}
    fresh = {} if token.refresh is None else {"refresh_token": token.refresh}
    if turn.profile == OBSERVED:
        return first | {"token_type": "bearer", "expires_in": 7199} | fresh | {"created_at": token.made // SECOND}
    lasts, kind = {"expires_in": 7200}, {"token_type": "Bearer"}
    return first | lasts | (fresh | kind if grant == "refresh_token" else kind | fresh)
