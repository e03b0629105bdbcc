"""All operations of the control API, as data.

From these rows come the routes, the checks of arguments and the OpenAPI document. They also name the engine's command
and the Python handle that do the same, which a test compares with the arguments stated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from locksim.engine import commands
from locksim.engine.commands import Clock
from locksim.engine.faults import Act
from locksim.server import console_handlers as console
from locksim.server import control_answers as answers
from locksim.server import vendor_handlers as vendors
from locksim.server import world_handlers as worlds
from locksim.server.control_operation import ControlOperation
from locksim.server.control_request import ControlRequest
from locksim.server.world_options import NewWorld

__all__ = ["OPERATIONS", "TAGS"]

TAGS = {
    "server": "Where everything is.",
    "worlds": "Isolated worlds: each has its own seed, clock, state, devices, faults and journal.",
    "time": "A world's clock.",
    "journal": "What entered a world, and what it answered.",
    "faults": "What goes wrong, and when.",
    "vendors": "A vendor's state, devices and staff in a world.",
    "deliveries": "What vendors send: callbacks, webhooks, mails, texts.",
}

_Object = dict[str, Any]
_Document = Annotated[_Object, msgspec.Meta(extra_json_schema={"required": ["openapi", "info", "paths"]})]


def _command(op: str) -> Callable[[ControlRequest, msgspec.Struct], Any]:
    """Return a function that only runs this command."""
    return lambda request, arguments: request.run_command(op, arguments)


def _actions_name_their_vendor(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a fault, which must name its vendor if its effect is a device action."""
    effects = schema["properties"]["effect"]
    act = [one for one in effects["anyOf"] if one["$ref"].endswith(f"/{Act.__name__}")]
    others = [one for one in effects["anyOf"] if one not in act]
    about = {key: value for key, value in schema.items() if key in ("title", "description")}
    members = {key: value for key, value in schema.items() if key not in about}

    def alternative(effect: dict[str, Any], more: dict[str, Any], required: list[str]) -> dict[str, Any]:
        properties = schema["properties"] | {"effect": {"description": effects["description"], **effect}} | more
        return members | {"properties": properties, "required": required}

    vendor = {"description": "The device's vendor.", "type": "string"}
    return about | {
        "oneOf": [
            alternative({"anyOf": others}, {}, ["effect"]),
            alternative(act[0], {"vendor": vendor}, ["effect", "vendor"]),
        ]
    }


_WORLD = "/worlds/{w}"

OPERATIONS: tuple[ControlOperation, ...] = (
    # ---- the server
    ControlOperation(
        id="readReady",
        tag="server",
        method="GET",
        path="/",
        title="Read the connection info: addresses, and the credentials as they are now.",
        run=worlds.read_connection_info,
        answer=answers.ConnectionInfo,
        answered="Where everything is.",
    ),
    ControlOperation(
        id="readOpenapi",
        tag="server",
        method="GET",
        path="/openapi.json",
        title="Read this document.",
        run=worlds.read_openapi,
        answer=_Document,
        answered="This document, with the server's own address.",
    ),
    # ---- worlds
    ControlOperation(
        id="listWorlds",
        tag="worlds",
        method="GET",
        path="/worlds",
        title="List all worlds, without their addresses.",
        run=worlds.list_worlds,
        answer=answers.WorldList,
        answered="All worlds, the oldest first. `default` is always among them.",
    ),
    ControlOperation(
        id="createWorld",
        tag="worlds",
        method="POST",
        path="/worlds",
        title="Create a world.",
        run=worlds.create_world,
        arguments=NewWorld,
        examples={"manual": {"name": "mine", "seed": 7, "clock": "manual"}},
        status=201,
        answer=answers.WorldDetails,
        answered="The new world, with addresses and credentials.",
        conflicts=True,
        other_errors=(404,),
    ),
    ControlOperation(
        id="readWorld",
        tag="worlds",
        method="GET",
        path=_WORLD,
        title="Read one world, with its vendors' addresses and credentials.",
        run=worlds.read_world,
        answer=answers.WorldDetails,
        answered="The world as it is now, with addresses and credentials.",
    ),
    ControlOperation(
        id="dropWorld",
        tag="worlds",
        method="DELETE",
        path=_WORLD,
        title="Drop a world.",
        description="The connections of its pending requests are closed. The default world cannot be dropped.",
        run=worlds.drop_world,
        answer=answers.DroppedWorld,
        answered="The world is dropped.",
        conflicts=True,
    ),
    ControlOperation(
        id="resetWorld",
        tag="worlds",
        method="POST",
        path=f"{_WORLD}/reset",
        title="Reset a world to its beginning.",
        description="State, time, faults, scheduled commands, deliveries, snapshots and journal are as at the start. Addresses"
        " and the clock's mode stay. The connections of pending requests are closed. A `real` world that began at "
        "the present begins at the present again.",
        run=worlds.reset_world,
        command="reset",
        handle="reset",
        answer=answers.WorldSummary,
        answered="The world as it is now.",
    ),
    ControlOperation(
        id="forkWorld",
        tag="worlds",
        method="POST",
        path=f"{_WORLD}/fork",
        title="Copy a world as it stands, or as it was after an entry of its journal.",
        description="The copy of an earlier moment has a manual clock. A copy is below `/~name` on the shared ports. It shares "
        "nothing with the first world.",
        run=worlds.fork_world,
        handle="fork",
        arguments=worlds.ForkWorld,
        status=201,
        answer=answers.WorldDetails,
        answered="The copy, with addresses and credentials.",
        conflicts=True,
    ),
    ControlOperation(
        id="listSnapshots",
        tag="worlds",
        method="GET",
        path=f"{_WORLD}/snapshots",
        title="List the names of the snapshots.",
        run=worlds.list_snapshots,
        answer=answers.SnapshotList,
        answered="The names in alphabetical order.",
    ),
    ControlOperation(
        id="keepSnapshot",
        tag="worlds",
        method="POST",
        path=f"{_WORLD}/snapshots",
        title="Keep the world as it is under a name.",
        description="The same name again replaces the snapshot.",
        run=_command("snapshot"),
        command="snapshot",
        handle="snapshot",
        arguments=commands.SnapshotName,
        status=201,
        answer=commands.KeptSnapshot,
        answered="The snapshot is kept.",
        conflicts=True,
    ),
    ControlOperation(
        id="restoreSnapshot",
        tag="worlds",
        method="POST",
        path=f"{_WORLD}/snapshots/{{s}}/restore",
        title="Go back to a snapshot, its time included.",
        description="The clock's mode, addresses and journal stay. The connections of pending requests are closed.",
        run=worlds.restore_snapshot,
        command="restore",
        handle="restore",
        arguments=commands.SnapshotName,
        answer=answers.WorldSummary,
        answered="The world as it is now.",
    ),
    ControlOperation(
        id="setLimits",
        tag="worlds",
        method="PUT",
        path=f"{_WORLD}/limits",
        title="Switch rate limits and quotas on or off.",
        run=worlds.set_limits,
        command="limits",
        arguments=worlds.SetLimits,
        answer=answers.LimitsState,
        answered="The limits as they are now.",
    ),
    ControlOperation(
        id="setPhysics",
        tag="worlds",
        method="PUT",
        path=f"{_WORLD}/physics",
        title="Let clocks drift and batteries drain, or stop them.",
        description="Nothing jumps: clocks show what they showed, and batteries have what they had. What is left out stays.",
        run=_command("physics"),
        command="physics",
        handle="physics",
        arguments=commands.ChangePhysics,
        examples={"field": {"clock_drift": 3, "battery_drain": 1}},
        answer=commands.WorldPhysics,
        answered="The drift and the drain as they are now.",
    ),
    ControlOperation(
        id="listVariants",
        tag="worlds",
        method="GET",
        path=f"{_WORLD}/variants",
        title="List the changes that the vendors here might make, and those that are injected.",
        run=worlds.list_variants,
        answer=answers.VariantsState,
        answered="The injected variants, and all that there are.",
    ),
    ControlOperation(
        id="setVariants",
        tag="worlds",
        method="PUT",
        path=f"{_WORLD}/variants",
        title="Inject these variants, and no others.",
        description="They stay through resets and restores.",
        run=worlds.set_variants,
        command="variants",
        arguments=worlds.SetVariants,
        answer=commands.ChosenVariants,
        answered="The variants as they are now.",
    ),
    # ---- time
    ControlOperation(
        id="readClock",
        tag="time",
        method="GET",
        path=f"{_WORLD}/clock",
        title="Read the world's time, and how it passes.",
        run=worlds.read_clock,
        answer=Clock,
        answered="The clock as it is now.",
    ),
    ControlOperation(
        id="setClock",
        tag="time",
        method="PUT",
        path=f"{_WORLD}/clock",
        title="Change how time passes, or move the clock forward.",
        description="`manual`: time passes only when it is advanced. `auto`: as manual, but when a request is pending and no "
        "other call comes, time jumps to what is due next. `real`: as real time. `x60`: sixty times as fast; "
        "`rate` 60 means the same. A new mode leaves `now` where it is. `now` moves it as an advance does, and "
        "cannot lie in the past.",
        run=worlds.set_clock,
        command="clock",
        handle="clock.mode",
        arguments=worlds.SetClock,
        examples={"scaled": {"mode": "x60"}},
        answer=Clock,
        answered="The clock as it is now.",
        conflicts=True,
    ),
    ControlOperation(
        id="advance",
        tag="time",
        method="POST",
        path=f"{_WORLD}/clock/advance",
        title="Let time pass, in any mode.",
        description="Everything that falls due happens at its own time. What it sends is delivered then, and the outcome "
        "counts from that time on. Other calls are answered meanwhile. Advances by `seconds` that run at the same "
        "time add up.",
        run=worlds.advance,
        handle="clock.advance",
        arguments=worlds.AdvanceClock,
        one_of=("seconds", "until"),
        examples={"length": {"seconds": 30}},
        answer=Clock,
        answered="The clock as it is now.",
        conflicts=True,
    ),
    ControlOperation(
        id="listDue",
        tag="time",
        method="GET",
        path=f"{_WORLD}/due",
        title="List what happens next by itself: timers, and scheduled commands.",
        run=console.list_due,
        answer=console.DueList,
        answered="What is due, the next first.",
    ),
    # ---- journal
    ControlOperation(
        id="readJournal",
        tag="journal",
        method="GET",
        path=f"{_WORLD}/journal",
        title="Read entries of the journal: what entered the world, and what it answered.",
        run=worlds.read_journal,
        handle="journal.entries",
        arguments=worlds.ReadJournal,
        answer=answers.JournalPage,
        answered="The entries. The journal is bounded: the oldest entries leave it first.",
    ),
    ControlOperation(
        id="exportJournal",
        tag="journal",
        method="GET",
        path=f"{_WORLD}/journal.jsonl",
        title="Export the whole journal as JSON lines, for `locksim replay`.",
        description="It holds what the journal held when the call came.",
        run=worlds.export_journal,
        handle="journal.jsonl",
        arguments=worlds.ExportJournal,
        answer=str,
        answered="First a header (`journal` 1, `locksim`, `code`, `zones`, `seed`, `start`, `profile`, `limits`, `clock`, "
        "`addresses`, `vendors`, and the checkpoint `base` after entry `after`, where the journal does not begin "
        "with the world); then one JournalEntry a line.",
        media_type="application/jsonl",
    ),
    ControlOperation(
        id="readMoment",
        tag="journal",
        method="GET",
        path=f"{_WORLD}/journal/{{n}}",
        title="Read one entry, what it changed, and the world as it was right after it.",
        description="The world is found by replay. It cannot be changed; a fork `after` the entry can.",
        run=console.read_moment,
        arguments=console.EntryNumber,
        answer=console.Moment,
        answered="The moment.",
    ),
    ControlOperation(
        id="followTurns",
        tag="journal",
        method="GET",
        path=f"{_WORLD}/turns",
        title="Follow the turns of a world, and its clock, as server-sent events.",
        description="`turns` has a list of turns in short form. `clock` says how time passes, what is due next, and how many "
        "requests wait. `began`: the world was reset, and the numbers begin again. The answer ends when the caller hangs up.",
        run=console.follow_turns,
        arguments=console.FollowTurns,
        answer=str,
        answered="Events, until the caller hangs up or the world is dropped.",
        media_type="text/event-stream",
    ),
    # ---- faults
    ControlOperation(
        id="listFaults",
        tag="faults",
        method="GET",
        path=f"{_WORLD}/faults",
        title="List the injected faults, with how often each matched and struck.",
        run=vendors.list_faults,
        handle="faults.list",
        answer=answers.FaultList,
        answered="The faults, the oldest first.",
    ),
    ControlOperation(
        id="plantFault",
        tag="faults",
        method="POST",
        path=f"{_WORLD}/faults",
        title="Inject a fault.",
        run=_command("fault"),
        command="fault",
        handle="faults.inject",
        arguments=commands.InjectFault,
        narrowed=_actions_name_their_vendor,
        examples={
            "late": {"path": "/slow*", "nth": 2, "times": 1, "effect": {"kind": "delay", "seconds": 12.5}},
            "lost": {"effect": {"kind": "lose", "status": 500}, "times": 3},
        },
        status=201,
        answer=commands.Injection,
        answered="The fault is injected.",
    ),
    ControlOperation(
        id="liftFaults",
        tag="faults",
        method="DELETE",
        path=f"{_WORLD}/faults",
        title="Remove all faults.",
        run=_command("lift"),
        command="lift",
        handle="faults.remove",
        answer=commands.RemovedFaults,
        answered="How many were removed.",
    ),
    ControlOperation(
        id="liftFault",
        tag="faults",
        method="DELETE",
        path=f"{_WORLD}/faults/{{id}}",
        title="Remove one fault.",
        run=_command("lift"),
        command="lift",
        handle="faults.remove",
        arguments=commands.RemoveFaults,
        answer=commands.RemovedFaults,
        answered="How many were removed.",
    ),
    # ---- scheduled commands
    ControlOperation(
        id="listPlans",
        tag="vendors",
        method="GET",
        path=f"{_WORLD}/plans",
        title="List what was scheduled with `after`, the next first.",
        run=vendors.list_scheduled,
        answer=answers.ScheduledList,
        answered="What has not run yet.",
    ),
    ControlOperation(
        id="forgetPlans",
        tag="vendors",
        method="DELETE",
        path=f"{_WORLD}/plans",
        title="Cancel everything that is scheduled.",
        run=_command("unplan"),
        command="unplan",
        answer=commands.UnscheduledCommands,
        answered="How many were cancelled.",
    ),
    ControlOperation(
        id="forgetPlan",
        tag="vendors",
        method="DELETE",
        path=f"{_WORLD}/plans/{{id}}",
        title="Cancel one scheduled command.",
        run=_command("unplan"),
        command="unplan",
        arguments=commands.UnscheduleCommands,
        answer=commands.UnscheduledCommands,
        answered="How many were cancelled.",
    ),
    # ---- deliveries
    ControlOperation(
        id="listDeliveries",
        tag="deliveries",
        method="GET",
        path=f"{_WORLD}/deliveries",
        title="List what the vendors sent, each attempt and its outcome.",
        run=vendors.list_deliveries,
        handle="deliveries.list",
        answer=answers.DeliveryList,
        answered="The deliveries, the oldest first.",
    ),
    ControlOperation(
        id="setDeliveries",
        tag="deliveries",
        method="PUT",
        path=f"{_WORLD}/deliveries",
        title="Choose whether deliveries leave by themselves (`auto`) or wait for the tester (`held`).",
        description="Deliveries that are held stay held.",
        run=_command("deliveries"),
        command="deliveries",
        handle="deliveries.mode",
        arguments=commands.SetDeliveryMode,
        answer=commands.DeliveryMode,
        answered="The mode as it is now.",
    ),
    ControlOperation(
        id="releaseDelivery",
        tag="deliveries",
        method="POST",
        path=f"{_WORLD}/deliveries/{{id}}/release",
        title="Let a held delivery leave.",
        run=_command("release"),
        command="release",
        handle="deliveries.release",
        arguments=commands.DeliveryId,
        answer=commands.ReleasedDelivery,
        answered="Its held attempts may leave now.",
        conflicts=True,
    ),
    ControlOperation(
        id="doubleDelivery",
        tag="deliveries",
        method="POST",
        path=f"{_WORLD}/deliveries/{{id}}/double",
        title="Send a delivery once more, now.",
        run=_command("double"),
        command="double",
        handle="deliveries.double",
        arguments=commands.DeliveryId,
        answer=commands.RepeatedDelivery,
        answered="The new attempt.",
        conflicts=True,
    ),
    ControlOperation(
        id="dropDelivery",
        tag="deliveries",
        method="POST",
        path=f"{_WORLD}/deliveries/{{id}}/drop",
        title="Drop a delivery. The vendor sees the error `dropped`.",
        run=_command("drop"),
        command="drop",
        handle="deliveries.drop",
        arguments=commands.DeliveryId,
        answer=commands.DroppedDelivery,
        answered="The attempts that were open are over.",
        conflicts=True,
    ),
    # ---- vendors
    ControlOperation(
        id="dumpState",
        tag="vendors",
        method="GET",
        path=f"{_WORLD}/{{vendor}}/state",
        title="Read a vendor's whole state, in a form that can be loaded again.",
        run=vendors.dump_state,
        handle="site(vendor).state",
        arguments=vendors.VendorName,
        answer=_Object,
        answered="The state. Its members are the vendor's own.",
    ),
    ControlOperation(
        id="loadState",
        tag="vendors",
        method="PUT",
        path=f"{_WORLD}/{{vendor}}/state",
        title="Replace a vendor's state.",
        description="A state that contradicts itself is refused, and nothing changes.",
        run=_command("load"),
        command="load",
        arguments=commands.LoadState,
        rest="state",
        answer=commands.LoadedState,
        answered="The state is loaded.",
    ),
    ControlOperation(
        id="listHardware",
        tag="vendors",
        method="GET",
        path=f"{_WORLD}/{{vendor}}/hardware",
        title="List a vendor's devices, as a person in front of them sees them.",
        run=vendors.list_devices,
        handle="site(vendor).hardware.devices",
        arguments=vendors.VendorName,
        answer=answers.DeviceList,
        answered="The devices, with the actions of each.",
    ),
    ControlOperation(
        id="listActions",
        tag="vendors",
        method="GET",
        path=f"{_WORLD}/{{vendor}}/actions",
        title="List the actions of a vendor's devices and staff, with the JSON schemas of their arguments.",
        run=console.list_actions,
        arguments=vendors.VendorName,
        answer=console.ActionForms,
        answered="The actions, by the kind of device.",
    ),
    ControlOperation(
        id="act",
        tag="vendors",
        method="POST",
        path=f"{_WORLD}/{{vendor}}/hardware/{{device}}/{{action}}",
        title="Act on a device, now or `after` some seconds.",
        description="The body has the action's own arguments, and `after`. A refusal by the hardware is a 200 that says so; "
        "409 means that the action is impossible now.",
        run=vendors.act_on_device,
        command="plan",
        handle="site(vendor).hardware.act",
        arguments=vendors.ActOnDevice,
        rest="args",
        answer=_Object,
        answered="What happened, in the action's own words; for a scheduled action its id (`planned`) and its time (`at`).",
        conflicts=True,
        other_errors=(500,),
    ),
    ControlOperation(
        id="support",
        tag="vendors",
        method="POST",
        path=f"{_WORLD}/{{vendor}}/support/{{action}}",
        title="Do what the vendor's own staff or the account's owner does, now or `after` some seconds.",
        description="The body has the action's own arguments, and `after`.",
        run=vendors.call_support,
        command="plan",
        handle="site(vendor).support",
        arguments=vendors.CallSupport,
        rest="args",
        answer=_Object,
        answered="What happened, in the action's own words; for a scheduled action its id (`planned`) and its time (`at`).",
        conflicts=True,
        other_errors=(500,),
    ),
)
"""The first row whose path fits is meant."""
