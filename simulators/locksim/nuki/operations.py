"""The operations of the bridge, one row each, and the checks before them.

The checks come in this order: the Nuki server has discovery only (404); a bridge is there and up (else the connection
is reset); the method is GET (405); the bridge is free (`observed`: 503); the token is right (401); the bridge has such
an operation (404). Then the parameters are read in the order of the row (400, 404, 503).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from locksim.api.context import WAITING, Arguments, Context
from locksim.api.near_miss import suggest
from locksim.api.operations import Api, Operation, Parameter
from locksim.engine.inputs import CONNECTION_RESET, Answer
from locksim.nuki import auth, bluetooth, bridge, motor, serialization
from locksim.nuki.errors import (
    BadRequest,
    Busy,
    Forbidden,
    LockOffline,
    NotOnSoftware,
    NukiError,
    UnknownPath,
    WrongMethod,
)
from locksim.nuki.motor_sequences import ACTION_NAMES, LockAction
from locksim.nuki.state import BRIDGE_SITES, CALLBACK_SLOTS, SOFTWARE, Bridge, Callback, Lock, State

__all__ = ["API", "SERVER_HOSTS"]

SERVER_HOSTS = ("factory.nuki.io", "sse0.nuki.io", "api.nuki.io")
"""The host names of the Nuki server, which has discovery only. All other operations are the bridge's."""

_DISCOVERY = "/discover/bridges"
_HARDWARE_ONLY = frozenset({"hardware only"})
_OBSERVED_ONLY = frozenset({"observed only"})
"""Operations of later firmware. The OpenAPI document, which describes v1.6, does not have them."""

_WITHOUT_TOKEN = ("anyone", "anyone at the button")


class BridgeRequest(Context[State]):
    """One call of a bridge, or of the Nuki server."""

    @cached_property
    def bridge(self) -> Bridge:
        """The bridge that is called. Without one at this site the call has been refused."""
        bridge = self.state.at(self.turn.site)
        assert bridge is not None, "no bridge is at this site"
        return bridge


# ---- checks


def _check_spelling(context: BridgeRequest) -> None:
    """Ignore the operation of a path with repeated slashes, which Werkzeug finds all the same."""
    if context.operation is not None and context.operation.path != context.path:
        context.operation = None


def _check_server(context: BridgeRequest) -> None:
    """Refuse all but discovery on the Nuki server."""
    host = (context.header("Host") or "").partition(":")[0].lower()
    if host in SERVER_HOSTS and not _is_discovery(context):
        raise UnknownPath(f"the Nuki server has {_DISCOVERY} only; call the bridge at its own address")


def _check_power(context: BridgeRequest) -> Answer | None:
    here = context.state.at(context.turn.site)
    if here is not None and (_is_discovery(context) or here.answers(context.turn.now)):
        return None
    return CONNECTION_RESET


def _check_method(context: BridgeRequest) -> None:
    if context.method != "GET":
        raise WrongMethod(f"the bridge has no method {context.method[:20]!r}; use GET")


def _check_free(context: BridgeRequest) -> None:
    """Refuse a call while another one is pending: an `observed` bridge serves one call at a time."""
    if not _is_later(context) or _is_discovery(context):
        return
    if not context.turn.has_pending:  # asking every lock would take long on a bridge with many
        return
    if any(context.turn.is_pending(pending_id) for pending_id in context.bridge.pending_ids()):
        raise Busy("the bridge is serving another call; send one call at a time")


def _check_token(context: BridgeRequest) -> None:
    if context.operation is not None and context.operation.access in _WITHOUT_TOKEN:
        return
    if context.path == "/" and _is_later(context) and context.bridge.api_enabled:
        raise BadRequest(f"the bridge has no operation at /; its operations are {', '.join(_paths(context))}")
    auth.check_token(context.turn.profile, context.bridge, context.query, context.turn.now)


def _check_operation(context: BridgeRequest) -> None:
    if context.operation is None or (context.operation.tags >= _OBSERVED_ONLY and not _is_later(context)):
        path = context.path[:60]
        raise UnknownPath(f"there is no {path!r}; {suggest(path, _paths(context))}")
    if context.bridge.type == SOFTWARE and context.operation.tags >= _HARDWARE_ONLY:
        raise NotOnSoftware(f"{context.path} is not available on a software bridge; read bridgeType in /info first")


def _paths(context: BridgeRequest) -> list[str]:
    """Return the paths of the profile's operations."""
    return [row.path for row in API if _is_later(context) or not row.tags >= _OBSERVED_ONLY]


def _is_later(context: BridgeRequest) -> bool:
    return context.turn.profile == serialization.OBSERVED


def _is_discovery(context: BridgeRequest) -> bool:
    return context.path == _DISCOVERY


# ---- parameters


def _flag(name: str, *, default: bool | None = None) -> Parameter[BridgeRequest]:
    def parse(_: BridgeRequest, values: Sequence[str]) -> bool:
        return serialization.parse_flag(name, values, default)

    return Parameter(name, "query", parse, required=default is None)


def _count(name: str, default: int) -> Parameter[BridgeRequest]:
    return Parameter(name, "query", lambda _, values: serialization.parse_count(name, values, default))


def _paired_lock(context: BridgeRequest, values: Sequence[str]) -> Lock:
    return context.bridge.paired_lock(serialization.parse_id(values))


def _reachable_lock(context: BridgeRequest, values: Sequence[str]) -> Lock:
    lock = _paired_lock(context, values)
    if not lock.reachable(context.turn.now):
        raise LockOffline(f"Smart Lock {lock.id} is offline (out of range or flat batteries); try again later")
    return lock


def _slot(context: BridgeRequest, values: Sequence[str]) -> int:
    return serialization.parse_slot(values, [callback.id for callback in context.bridge.callbacks])


_ACTION = Parameter[BridgeRequest](
    "action", "query", lambda _, values: serialization.parse_action(values), required=True
)
_LOCK = Parameter[BridgeRequest]("nukiId", "query", _paired_lock, required=True, argument="lock")
_REACHABLE = Parameter[BridgeRequest]("nukiId", "query", _reachable_lock, required=True, argument="lock")


# ---- /auth, /configAuth, discovery


def authorize(context: BridgeRequest, _: Arguments) -> Answer:
    """Wait up to 30 s for the bridge's button."""
    if not context.bridge.auth_enabled:
        raise Forbidden("/auth is disabled; enable it by /configAuth?enable=1 with the token, or in the app")
    bridge.open_window(context.turn, context.bridge)
    return WAITING


def configure_auth(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Switch /auth and discovery on or off."""
    bridge.set_auth(context.turn, context.bridge, on=arguments["enable"])
    return _json(context, {"success": True})


def discover(context: BridgeRequest, _: Arguments) -> Answer:
    """Answer for the Nuki server, also while the bridge is down."""
    turn = context.turn
    places = [(one, turn.url(site)) for site, one in zip(BRIDGE_SITES, context.state.bridges, strict=False)]
    return _json(context, serialization.render_discovery(places, turn.now))


# ---- locks


def list_locks(context: BridgeRequest, _: Arguments) -> Answer:
    """List each paired lock with its last known state."""
    context.bridge.write_log(context.turn.now, "HTTP-List")
    return _json(context, serialization.render_list(context.turn.profile, context.bridge))


def lock_state(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Read the present state from the lock."""
    lock: Lock = arguments["lock"]
    context.bridge.write_log(context.turn.now, "HTTP-LockState", lock)
    bluetooth.read_state(context.turn, context.bridge, lock)
    return _json(context, serialization.render_lock_state(context.turn.profile, lock))


def lock_action(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Start a motor sequence, and wait until the action is done unless noWait is set."""
    return _act(context, arguments["lock"], arguments["action"], wait=not arguments["noWait"])


def simple_lock(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Lock, and wait until it is done."""
    return _act(context, arguments["lock"], LockAction.LOCK, wait=True)


def simple_unlock(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Unlock, and wait until it is done."""
    return _act(context, arguments["lock"], LockAction.UNLOCK, wait=True)


def _act(context: BridgeRequest, lock: Lock, action: LockAction, *, wait: bool) -> Answer:
    turn, here = context.turn, context.bridge
    here.write_log(turn.now, "HTTP-LockActionStart", lock, action=ACTION_NAMES[action])
    if not motor.accepts(turn, here, lock):
        return _json(context, serialization.render_action(success=False, critical=lock.critical(turn.now)))
    motor.start(turn, here, lock, action)
    if not wait:
        return _json(context, serialization.render_action(success=True, critical=lock.critical(turn.now)))
    motor.park_caller(turn, lock)
    return WAITING


def unpair(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Remove the pairing with a lock."""
    bridge.unpair(context.turn, context.bridge, arguments["lock"])
    return _json(context, {"success": True})


# ---- the bridge


def info(context: BridgeRequest, _: Arguments) -> Answer:
    """Describe the bridge and list the locks within range."""
    context.bridge.write_log(context.turn.now, "HTTP-Info")
    return _json(context, serialization.render_info(context.turn.profile, context.bridge, context.turn.now))


def add_callback(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Register a callback in the lowest free slot."""
    url, callbacks = arguments["url"], context.bridge.callbacks
    if any(callback.url == url for callback in callbacks):
        return _json(context, {"success": False, "message": "callback already added"})
    free = [slot for slot in range(CALLBACK_SLOTS) if slot not in {callback.id for callback in callbacks}]
    if not free:
        return _json(context, {"success": False, "message": "too many callbacks registered"})
    callbacks.insert(free[0], Callback(free[0], url))
    return _json(context, {"success": True})


def list_callbacks(context: BridgeRequest, _: Arguments) -> Answer:
    """List the registered callbacks."""
    return _json(context, serialization.render_callbacks(context.bridge))


def remove_callback(context: BridgeRequest, arguments: Arguments) -> Answer:
    """Free a slot; the other callbacks keep their ids."""
    callbacks = context.bridge.callbacks
    callbacks[:] = [callback for callback in callbacks if callback.id != arguments["id"]]
    return _json(context, {"success": True})


# ---- maintenance


def log(context: BridgeRequest, arguments: Arguments) -> Answer:
    """List log entries, newest first. The first is this call's own."""
    offset, count = arguments["offset"], arguments["count"]
    context.bridge.write_log(context.turn.now, "HTTP-Log")
    newest_first = context.bridge.log[::-1]
    return _json(context, serialization.render_log(context.turn.profile, newest_first[offset : offset + count]))


def clear_log(context: BridgeRequest, _: Arguments) -> Answer:
    """Delete all log entries."""
    context.bridge.log.clear()
    return serialization.empty_answer()


def update_firmware(context: BridgeRequest, _: Arguments) -> Answer:
    """Install the next firmware version and restart."""
    bridge.update_firmware(context.turn, context.bridge)
    return serialization.empty_answer()


def reboot(context: BridgeRequest, _: Arguments) -> Answer:
    """Restart the bridge."""
    bridge.restart(context.turn, context.bridge)
    return serialization.empty_answer()


def factory_reset(context: BridgeRequest, _: Arguments) -> Answer:
    """Reset the bridge to its factory settings."""
    bridge.factory_reset(context.turn, context.bridge)
    return serialization.empty_answer()


# ---- the table


def _json(context: BridgeRequest, document: Any) -> Answer:
    return serialization.json_answer(context.turn.profile, document)


def _refuse(context: BridgeRequest, error: NukiError) -> Answer:
    return serialization.refusal(context.turn.profile, error)


_URL = Parameter[BridgeRequest]("url", "query", lambda _, values: serialization.parse_url(values), required=True)
_SLOT = Parameter[BridgeRequest]("id", "query", _slot, required=True)

API = Api(
    operations=(
        Operation("GET", "/auth", authorize, "destructive", "/auth", access="anyone at the button"),
        Operation("GET", "/configAuth", configure_auth, "destructive", "/configAuth", parameters=(_flag("enable"),)),
        Operation("GET", "/list", list_locks, "read", "/list"),
        Operation("GET", "/lockState", lock_state, "read", "/lockState", parameters=(_REACHABLE,)),
        Operation(
            "GET",
            "/lockAction",
            lock_action,
            "destructive",
            "/lockAction",
            parameters=(_ACTION, _flag("noWait", default=False), _REACHABLE),
        ),
        Operation(
            "GET", "/lock", simple_lock, "destructive", "/lockAction", parameters=(_REACHABLE,), tags=_OBSERVED_ONLY
        ),
        Operation(
            "GET", "/unlock", simple_unlock, "destructive", "/lockAction", parameters=(_REACHABLE,), tags=_OBSERVED_ONLY
        ),
        Operation("GET", "/unpair", unpair, "destructive", "/unpair", parameters=(_LOCK,), tags=_HARDWARE_ONLY),
        Operation("GET", "/info", info, "read", "/info"),
        Operation("GET", "/callback/add", add_callback, "write", "/callback/add", parameters=(_URL,)),
        Operation("GET", "/callback/list", list_callbacks, "read", "/callback/list"),
        Operation("GET", "/callback/remove", remove_callback, "write", "/callback/remove", parameters=(_SLOT,)),
        Operation(
            "GET",
            "/log",
            log,
            "read",
            "/log",
            parameters=(_count("offset", 0), _count("count", 100)),
            tags=_HARDWARE_ONLY,
        ),
        Operation("GET", "/clearlog", clear_log, "destructive", "/clearlog", tags=_HARDWARE_ONLY),
        Operation("GET", "/fwupdate", update_firmware, "destructive", "/fwupdate", tags=_HARDWARE_ONLY),
        Operation("GET", "/reboot", reboot, "destructive", "/reboot", tags=_HARDWARE_ONLY),
        Operation("GET", "/factoryReset", factory_reset, "destructive", "/factoryReset", tags=_HARDWARE_ONLY),
        Operation("GET", _DISCOVERY, discover, "read", "Bridge discovery & API activation", access="anyone"),
    ),
    checks=(_check_spelling, _check_server, _check_power, _check_method, _check_free, _check_token, _check_operation),
    refuse=_refuse,
    context=BridgeRequest,
    error=NukiError,
)
