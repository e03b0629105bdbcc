"""Render every resource and error as JSON, as the document's samples print them, keys in their order.

Times are `2018-08-29T18:24:14Z`, to the second. For an unset relation there is neither an id nor a link; any other unknown
value is null. `links` are absolute, below the address at which this world's API is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from locksim.engine.inputs import Answer, Headers
from locksim.engine.timestamps import SECOND, iso
from locksim.engine.turn import Turn
from locksim.remotelock import catalog
from locksim.remotelock import entities as e
from locksim.remotelock.account import Account
from locksim.remotelock.errors import GeneralError, Invalid, OAuthError, RemoteLockError, TooMany, WrongMethod
from locksim.remotelock.oauth import Token
from locksim.remotelock.schedules import DAYS
from locksim.remotelock.state import User

__all__ = [
    "JSON",
    "OBSERVED",
    "Resource",
    "error_answer",
    "event_document",
    "json_answer",
    "page_document",
    "path_of",
    "render_access",
    "render_account",
    "render_device",
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
    "render_schedule",
    "render_subscriber",
    "render_subscription",
    "render_token",
    "render_user",
    "resource_document",
    "timestamp",
]

JSON = "application/json"
OBSERVED = "observed"

Resource = dict[str, Any]
"""A JSON object: a resource, or a part of one."""

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
    """Return the path of a resource. The types that are not listed are those of devices."""
    return _PATHS.get(type, "/devices/{}").format(id)


def timestamp(us: int) -> str:
    """Return a time as JSON has it, to the second."""
    return iso(us - us % SECOND)


def _optional_timestamp(us: int | None) -> str | None:
    return None if us is None else timestamp(us)


# ---- answers


def json_answer(document: Any, status: int = 200) -> Answer:
    """Return an answer with this JSON document."""
    return Answer(status, (("Content-Type", JSON),), msgspec.json.encode(document))


def resource_document(resource: Resource) -> Resource:
    """Return the document of one resource."""
    return {"data": resource}


def page_document(resources: Sequence[Resource | msgspec.Raw], number: int, size: int, total: int) -> Resource:
    """Return the document of a page of a collection (chapter *Pagination*)."""
    pages = -(-total // size)
    meta = {"page": number, "per_page": size, "total_pages": pages, "total_count": total}
    return {"data": resources, "meta": meta}


def error_answer(error: RemoteLockError, attributes: Resource) -> Answer:
    """Render an error. `attributes` is what the caller sent, which resource errors repeat."""
    match error:
        case Invalid(errors=errors):
            return json_answer({"attributes": attributes, "errors": _resource_errors(errors)}, error.status)
        case TooMany(message=message):
            return json_answer({"message": message}, error.status)
        case WrongMethod():
            rendered = json_answer({"message": error.message, "type": error.type}, error.status)
            return Answer(rendered.status, (*rendered.headers, ("Allow", error.allow)), rendered.body)
        case GeneralError(message=message, type=type):
            return json_answer({"message": message, "type": type}, error.status)
        case OAuthError():
            rendered = json_answer({"error": error.error, "error_description": error.description}, error.status)
            extra: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
            if error.status == 401:
                details = f'error="{error.error}", error_description="{error.description}"'
                challenge = 'Basic realm="Doorkeeper"' if error.basic else f'Bearer realm="Doorkeeper", {details}'
                extra = (*extra, ("WWW-Authenticate", challenge))
            return Answer(rendered.status, (*rendered.headers, *extra), rendered.body)
        case _:
            details = f'error="invalid_token", error_description="{getattr(error, "description", "")}"'
            return Answer(error.status, (("WWW-Authenticate", f'Bearer realm="Doorkeeper", {details}'),))


def _resource_errors(errors: tuple[tuple[str | None, str], ...]) -> list[Resource]:
    """Return one entry for each attribute (chapter *Resource errors*)."""
    messages_of: dict[str | None, list[str]] = {}
    for attribute, message in errors:
        messages_of.setdefault(attribute, []).append(message)
    return [
        {
            "attribute": attribute,
            "messages": messages,
            "full_messages": [message if attribute is None else f"{attribute} {message}" for message in messages],
        }
        for attribute, messages in messages_of.items()
    ]


# ---- resources


def _resource(
    turn: Turn, type: str, id: str, path: str, attributes: Resource, links: Resource | None = None, restricted: str = ""
) -> Resource:
    """Return a resource. `links` is name → path, `restricted` an entry of `restricted_actions`."""
    base = turn.url("api")
    all_links = {"self": base + path} | {name: base + path for name, path in (links or {}).items()}
    resource: Resource = {"type": type, "attributes": attributes, "id": id, "links": all_links}
    if restricted:
        resource["meta"] = {"restricted_actions": [restricted]}
    return resource


def _times(item: e.Entity | Account | User) -> Resource:
    return {"created_at": timestamp(item.created_at), "updated_at": timestamp(item.updated_at)}


def _schedule_relations(item: Any, *names: str) -> tuple[Resource, Resource]:
    """Return the attributes and the links of the relations to schedules that are set."""
    found = {name: getattr(item, name) for name in names if getattr(item, name) is not None}
    return found, {name.removesuffix("_id"): f"/schedules/{key}" for name, key in found.items()}


def render_account(turn: Turn, account: Account) -> Resource:
    """Chapter *Accounts*."""
    attributes = {
        "name": account.name,
        **_times(account),
        "default_guest_start_time": account.default_guest_start_time,
        "default_guest_end_time": account.default_guest_end_time,
        "rental_guest_time_override": account.rental_guest_time_override,
        "primary_owner_id": account.primary_owner_id,
        "owner_role_id": account.owner_role_id,
    }
    links = {"primary_owner": "/user", "owner_role": f"/roles/{account.owner_role_id}"}
    return _resource(turn, "account", account.id, "/account", attributes, links)


def render_user(turn: Turn, user: User) -> Resource:
    """Chapter *Users*."""
    attributes = {
        "name": user.name,
        "email": user.email,
        "handle": user.handle,
        **_times(user),
        "primary_account_id": user.primary_account_id,
        "default_account_id": user.default_account_id,
    }
    links = {"primary_account": "/account", "default_account": "/account"}
    return _resource(turn, "user", user.id, "/user", attributes, links)


def render_location(turn: Turn, location: e.Location) -> Resource:
    """Chapter *Locations*."""
    names = ("name", "phone", "address", "address2", "city", "state", "postal_code", "country", "time_zone")
    attributes = {name: getattr(location, name) for name in names} | _times(location)
    return _resource(turn, location.type, location.id, f"/locations/{location.id}", attributes)


def render_exception(turn: Turn, exception: e.AccessException) -> Resource:
    """Chapter *Access Exceptions*."""
    dates = [{"start_date": span.start_date, "end_date": span.end_date} for span in exception.dates]
    attributes = {"name": exception.name, "dates": dates} | _times(exception)
    return _resource(turn, exception.type, exception.id, f"/access_exceptions/{exception.id}", attributes)


_PERSON = ("name", "email", "phone", "pin", "card_number", "department")


def render_person(turn: Turn, account: Account, person: e.AccessPerson) -> Resource:
    """Chapter *Access Persons*. An expired or deactivated person cannot be updated."""
    status = account.status(person, turn.now)
    attributes = {name: getattr(person, name) for name in _PERSON}
    attributes |= {"status": status, "rental_source": person.rental_source} | _times(person)
    if isinstance(person, e.AccessGuest):
        attributes |= {"starts_at": person.starts_at, "ends_at": person.ends_at}
    restricted = "update" if status in ("expired", "deactivated") else ""
    return _resource(turn, person.type, person.id, f"/access_persons/{person.id}", attributes, restricted=restricted)


def render_access(turn: Turn, access: e.Access, counts: e.SyncCounts) -> Resource:
    """Chapter *Get all of an access person's accesses*."""
    schedule, links = _schedule_relations(access, "access_schedule_id")
    person = f"/access_persons/{access.person_id}"
    attributes = {
        "guest_start_time": access.guest_start_time,
        "guest_end_time": access.guest_end_time,
        "devices_count": counts.devices,
        "devices_synced_count": counts.synced,
        "devices_pending_sync_count": counts.pending,
        "devices_failed_sync_count": counts.failed,
        "accessible_type": access.accessible_type,
        **_times(access),
        **schedule,
        "access_person_id": access.person_id,
        "access_person_type": access.person_type,
        "accessible_id": access.accessible_id,
    }
    links |= {"access_person": person, "accessible": path_of(access.accessible_type, access.accessible_id)}
    return _resource(turn, access.type, access.id, f"{person}/accesses/{access.id}", attributes, links)


def _device(turn: Turn, device: Any, attributes: Resource, *schedules: str) -> Resource:
    """Add what all devices but ACS doors end with."""
    related, extra = _schedule_relations(device, *schedules)
    attributes |= {"model_id": device.model_id, "location_id": device.location_id} | related
    links = {"model": f"/models/{device.model_id}", "location": f"/locations/{device.location_id}"} | extra
    fixed = device.type != "resort_lock" and not catalog.can(device.model_id, "replaceable")
    restricted = "replace" if fixed else ""
    return _resource(turn, device.type, device.id, f"/devices/{device.id}", attributes, links, restricted)


def _connection(device: e.Lock | e.PowerPlug | e.Thermostat, connection: e.Connection | None) -> Resource:
    """Return what locks, power plugs and thermostats begin with. `wifi_level` is deprecated and always 0."""
    assert connection is not None, "a device with a radio has a connection"
    settings = device.settings if isinstance(device, e.Lock) else device
    return {
        "name": device.name,
        "heartbeat_interval": settings.heartbeat_interval,
        "wifi_level": 0,
        "signal_quality": connection.signal_quality,
        "connected": connection.connected,
        "alive": connection.alive,
        "power_source": getattr(settings, "power_source", "hardwire"),
        "connected_at": _optional_timestamp(connection.connected_at),
        "serial_number": device.serial_number,
    }


def _lock(turn: Turn, lock: e.Lock, connection: e.Connection | None) -> Resource:
    settings = lock.settings
    attributes = {
        **_connection(lock, connection),
        "wake_wifi": settings.wake_wifi,
        "muted": settings.muted,
        "auto_lock": settings.auto_lock,
        "auto_lock_timeout": settings.auto_lock_timeout,
        "programming_code": settings.programming_code,
        "state": lock.state,
        "power_level": None if connection is None else connection.power_level,
        **_times(lock),
        "default_guest_start_time": lock.default_guest_start_time,
        "default_guest_end_time": lock.default_guest_end_time,
        "local_pins": settings.local_pins,
    }
    return _device(turn, lock, attributes, "auto_lock_schedule_id", "lock_action_schedule_id")


def _power_plug(turn: Turn, plug: e.PowerPlug, connection: e.Connection | None) -> Resource:
    attributes = _connection(plug, connection) | {name: getattr(plug, name) for name in _PLUG}
    return _device(turn, plug, attributes, "power_plug_schedule_id")


def _thermostat(turn: Turn, thermostat: e.Thermostat, connection: e.Connection | None) -> Resource:
    attributes = _connection(thermostat, connection) | {name: getattr(thermostat, name) for name in _THERMOSTAT}
    level = thermostat.power_level if connection is None else connection.power_level
    if level is not None:
        attributes["power_level"] = level
    return _device(turn, thermostat, attributes | _times(thermostat), "thermostat_schedule_id")


def _resort_lock(turn: Turn, lock: e.ResortLock, _: e.Connection | None) -> Resource:
    """Chapter *Register a ResortLock*. Its samples show no restricted action, though it is not replaceable."""
    attributes = {
        "name": lock.name,
        "default_guest_start_time": lock.default_guest_start_time,
        "default_guest_end_time": lock.default_guest_end_time,
        **_times(lock),
        "serial_number": lock.serial_number,
    }
    return _device(turn, lock, attributes)


def _door(turn: Turn, door: e.AcsDoor, _: e.Connection | None) -> Resource:
    """Chapter *ACS Doors*."""
    attributes = {
        "name": door.name,
        "state": door.state,
        "connected": door.connected,
        **_times(door),
        "location_id": door.location_id,
    }
    links = {"location": f"/locations/{door.location_id}"}
    return _resource(turn, door.type, door.id, f"/acs/doors/{door.id}", attributes, links)


_DEVICES: dict[str, Callable[[Turn, Any, e.Connection | None], Resource]] = {
    "lock": _lock,
    "power_plug": _power_plug,
    "thermostat": _thermostat,
    "resort_lock": _resort_lock,
    "acs_door": _door,
}


def render_device(turn: Turn, device: e.Device, connection: e.Connection | None) -> Resource:
    """Chapters *Devices* and *ACS Doors*. `connection` is None for resort locks and ACS doors."""
    return _DEVICES[device.type](turn, device, connection)


_PLUG = ("on", "voltage", "power", "power_factor", "current", "frequency", "total_power", "occupied")
_THERMOSTAT = (
    "current_mode", "target_mode", "fan_mode", "hold", "temperature", "target_temperature", "unit", "humidity",
    "energy_saver", "scheduled_target_temperature", "desired_target_temperature",
)  # fmt: skip


def render_model(turn: Turn, model: catalog.Model) -> Resource:
    """Chapter *Models*."""
    attributes = {"number": model.number, "type": model.type, "capabilities": model.capabilities}
    return _resource(turn, "model", model.id, f"/models/{model.id}", attributes)


def render_group(turn: Turn, group: e.Group) -> Resource:
    """Chapter *Groups*."""
    return _resource(turn, group.type, group.id, f"/groups/{group.id}", {"name": group.name} | _times(group))


def render_group_door(turn: Turn, door: e.GroupDoor) -> Resource:
    """Chapter *Get all doors in a door group*."""
    group = f"/groups/{door.group_id}"
    attributes = _times(door) | {"door_id": door.door_id, "door_type": door.door_type, "door_group_id": door.group_id}
    links = {"door": path_of(door.door_type, door.door_id), "door_group": group}
    return _resource(turn, door.type, door.id, f"{group}/doors/{door.id}", attributes, links)


def render_schedule(turn: Turn, schedule: e.Schedule) -> Resource:
    """Chapter *Schedules*. The samples do not show an access schedule's exception."""
    attributes = {"name": schedule.name} | {day: getattr(schedule, day) for day in DAYS} | _times(schedule)
    return _resource(turn, schedule.type, schedule.id, f"/schedules/{schedule.id}", attributes)


def render_resort_guest(turn: Turn, guest: e.ResortGuest) -> Resource:
    """Chapter *Resort Lock Guests*."""
    names = ("name", "email", "pin", "starts_at", "ends_at", "one_time_access", "rental_source")
    attributes = {name: getattr(guest, name) for name in names} | _times(guest)
    attributes["resort_lock_id"] = guest.resort_lock_id
    links = {"resort_lock": f"/devices/{guest.resort_lock_id}"}
    return _resource(turn, guest.type, guest.id, f"/resort_lock_guests/{guest.id}", attributes, links)


def render_preview(turn: Turn, subject: str, body: str, sender: User) -> Resource:
    """Chapter *Preview resort lock guest access instructions email*. It has no id."""
    attributes = {
        "subject": subject, "body": body, "from_name": sender.name, "reply_to": sender.email, "cc": None, "bcc": None,
    }  # fmt: skip
    link = turn.url("api") + "/access_instruction_guest_email_template/preview"
    return {"type": "access_instruction_guest_email_template", "attributes": attributes, "links": {"self": link}}


# ---- events and notifications

_SUBSCRIBERS = {
    "email_notification_subscriber": ("name", "email"),
    "text_notification_subscriber": ("name", "phone", "carrier"),
    "webhook_notification_subscriber": ("name", "url", "content_type", "secret"),
}


def render_subscriber(turn: Turn, subscriber: e.Subscriber) -> Resource:
    """Chapter *Notification Subscribers*."""
    attributes = {name: getattr(subscriber, name) for name in (*_SUBSCRIBERS[subscriber.type], "active")}
    attributes |= _times(subscriber)
    path = path_of(subscriber.type, subscriber.id)
    return _resource(turn, subscriber.type, subscriber.id, path, attributes)


def _parties(item: e.Subscription | e.Notification) -> tuple[Resource, Resource]:
    names = ("subscriber_id", "subscriber_type", "publisher_id", "publisher_type")
    links = {
        "subscriber": path_of(item.subscriber_type, item.subscriber_id),
        "publisher": path_of(item.publisher_type, item.publisher_id),
    }
    return {name: getattr(item, name) for name in names}, links


def render_subscription(turn: Turn, subscription: e.Subscription) -> Resource:
    """Chapter *Notification Subscriptions*."""
    parties, links = _parties(subscription)
    attributes = {"events": msgspec.to_builtins(subscription.events)} | _times(subscription) | parties
    path = f"/notification_subscriptions/{subscription.id}"
    return _resource(turn, subscription.type, subscription.id, path, attributes, links)


def render_notification(turn: Turn, notification: e.Notification) -> Resource:
    """Chapter *Notifications*. Event types end in `_event`, unlike in subscriptions."""
    parties, links = _parties(notification)
    event_type = f"{notification.event_type}_event"
    attributes = _times(notification) | parties | {"event_id": notification.event_id, "event_type": event_type}
    links["event"] = f"/events/{notification.event_id}"
    path = f"/notifications/{notification.id}"
    return _resource(turn, notification.type, notification.id, path, attributes, links)


_NOT_OF_AUTO_LOCK = frozenset({"associated_resource_name", "status_info", "card", "pin", "smart_card_serial_number"})
"""`observed`: a locked_event of auto-lock lacks these attributes (RemoteLockBot's recordings)."""


def render_event(turn: Turn, account: Account, event: e.Event) -> Resource:
    """Chapter *Events*. There is no link to a deleted publisher or associated resource; the event has the latter's name."""
    attributes: Resource = {
        "source": event.source,
        "status": event.status,
        "time_zone": event.time_zone,
        "occurred_at": timestamp(event.occurred_at),
        **_times(event),
    }
    for name in catalog.EVENT_ATTRIBUTES[event.type]:
        if name in _NOT_OF_AUTO_LOCK and event.method == "auto_lock" and turn.profile == OBSERVED:
            continue
        value = getattr(event, name)
        attributes[name] = _optional_timestamp(value) if name == "connected_at" else value
    attributes |= {"publisher_id": event.publisher_id, "publisher_type": event.publisher_type}
    links: Resource = {}
    if event.publisher_id in account.persons or event.publisher_id in account.devices:
        links["publisher"] = path_of(event.publisher_type, event.publisher_id)
    associated_id, associated_type = event.associated_resource_id, event.associated_resource_type
    if associated_id is not None and associated_type is not None:
        attributes |= {"associated_resource_id": associated_id, "associated_resource_type": associated_type}
        if associated_id in account.persons or associated_id in account.devices:
            links["associated_resource"] = path_of(associated_type, associated_id)
    return _resource(turn, f"{event.type}_event", event.id, f"/events/{event.id}", attributes, links)


def event_document(turn: Turn, account: Account, event: e.Event) -> Resource:
    """Return the body of a webhook: the event as `/events/{id}` has it. `observed`: with relative links (RemoteLockBot)."""
    resource = render_event(turn, account, event)
    if turn.profile == OBSERVED:
        base = turn.url("api")
        resource["links"] = {name: link.removeprefix(base) for name, link in resource["links"].items()}
    return resource_document(resource)


def render_token(turn: Turn, token: Token, grant: str) -> Resource:
    """Chapters *Generating an OAuth Token*, *Refresh Token*: their samples differ in order. `observed`: the tutorial's."""
    access = {"access_token": token.token}
    refresh = {} if token.refresh is None else {"refresh_token": token.refresh}
    if turn.profile == OBSERVED:
        return (
            access | {"token_type": "bearer", "expires_in": 7199} | refresh | {"created_at": token.created_at // SECOND}
        )
    expiry, kind = {"expires_in": 7200}, {"token_type": "Bearer"}
    return access | expiry | (refresh | kind if grant == "refresh_token" else kind | refresh)
