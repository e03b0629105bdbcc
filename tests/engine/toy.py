"""A vendor for tests of the engine: a door bell with an API. It follows no real vendor's rules.

| call | does |
|---|---|
| any method, `/echo…` | returns what arrived: method, raw target, headers, body |
| `GET /wait?seconds=30` | waits for the bell: `{"rang": true}`, or `{"rang": false}` after the seconds; `never` waits forever |
| `GET /count`, `POST /count` | returns the counter; adds one |
| `POST /subscribe?url=…` | each ring is posted to this URL from now on; tried again after 60 s, three times at most |
| `GET /big?bytes=…` | returns so many bytes |
| `GET /cookies` | sets two cookies |
| `GET /away` | redirects to `/echo/back` |
| `GET /site` | returns which of the two sites was called |
| `GET /broken` | fails: a defect of the simulator |

Its hardware is one `bell` with the id `front`. Its actions are `ring` (answers pending requests and notifies the
subscriber), `unplug` and `plug_in`. Two sites, `api` and `lan`, have the same app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Impossible
from locksim.engine.inputs import Answer, DeliveryOutcome, Request
from locksim.engine.timestamps import micros
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, variant
from locksim.engine.vendor import Device, Site, Vendor
from locksim.engine.wsgi import this_turn

if TYPE_CHECKING:
    from flask import Flask, Response

API = Site("api", 8791, ("api.toy.example", "toy.example"))
LAN = Site("lan", 8792, ("192.0.2.50:8080",), scheme="http")
BELL = "front"
TRIES = 3


class ToyState(msgspec.Struct):
    """The pending requests, the subscriber, and the counters."""

    count: int = 0
    rings: int = 0
    plugged: bool = True
    waiting: list[int] = []
    subscriber: str | None = None
    acknowledged: int = 0
    """Deliveries that were acknowledged."""


def app() -> Flask:
    from flask import Flask, Response, redirect, request

    app = Flask("toy")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.before_request
    def echo() -> Response | None:
        # Before the routing, so that every path reaches it.
        if not request.environ["PATH_INFO"].startswith("/echo"):
            return None
        headers = {k[5:]: v for k, v in request.environ.items() if k.startswith("HTTP_")}
        arrived = {
            "method": request.method,
            "target": request.environ["REQUEST_URI"],
            "headers": headers,
            "type": request.environ.get("CONTENT_TYPE"),
            "body": request.get_data().hex(),
        }
        return json(arrived)

    @app.get("/wait")
    def wait() -> Response:
        turn = this_turn()
        pending_id = turn.park("ring")
        turn.state.waiting.append(pending_id)
        seconds = request.args.get("seconds", "30")
        if seconds != "never":
            turn.set_timer(micros(seconds), "over", pending_id=pending_id)
        return Response(status=204)  # nothing is sent: the request is pending

    @app.get("/count")
    def read_count() -> Response:
        return json({"count": this_turn().state.count})

    @app.post("/count")
    def add_one() -> Response:
        this_turn().state.count += 1
        return read_count()

    @app.post("/subscribe")
    def subscribe() -> Response:
        this_turn().state.subscriber = request.args["url"]
        return json({})

    @app.get("/big")
    def big() -> Response:
        return Response(b"x" * int(request.args["bytes"]), mimetype="application/octet-stream")

    @app.get("/cookies")
    def cookies() -> Response:
        answer = json({"sent": dict(request.cookies)})
        answer.set_cookie("first", "1")
        answer.set_cookie("second", "two", path="/cookies")
        return answer

    @app.get("/away")
    def away() -> Any:
        return redirect("/echo/back")

    @app.get("/site")
    def site() -> Response:
        return json({"site": this_turn().site})

    @app.get("/broken")
    def broken() -> Response:
        raise RuntimeError("a defect of the toy")

    def json(thing: object) -> Response:
        return Response(msgspec.json.encode(thing), mimetype="application/json")

    return app


@variant("type", "breaking")
class CountAsText(Variant):
    """`count` is a text."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, lambda body: body | {"count": str(body["count"])} if "count" in body else body)


@variant("side effect", "breaking")
class OneMore(Variant):
    """Every third request is refused."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        turn.variant_memory["requests"] = turn.variant_memory.get("requests", 0) + 1
        return Answer(418, (), b"{}") if turn.variant_memory["requests"] % 3 == 0 else request


@variant("key gone", "risky")
class Whisper(Variant):
    """Deliveries do not say how often the bell rang."""

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        delivery.body = b"{}"
        return delivery


@variant("timing", "breaking")
class Hasty(Variant):
    """A caller who has waited for ten seconds does not hear the bell."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, lambda body: {"rang": False} if turn.now - request.at > 10_000_000 else body)


def over(turn: Turn, state: ToyState, *, pending_id: int) -> None:
    """Answer a request whose seconds are over."""
    if pending_id in state.waiting:
        state.waiting.remove(pending_id)
        turn.resolve(pending_id, False)


def ring(turn: Turn, state: ToyState, device: str, *, times: int = 1) -> dict[str, Any]:
    """Answer the pending requests and notify the subscriber."""
    if not state.plugged:
        raise Impossible("the bell is unplugged; plug_in first")
    state.rings += times
    heard = [turn.resolve(pending_id, True) for pending_id in state.waiting].count(True)
    state.waiting = []
    if state.subscriber is not None:
        turn.send("ring", state.subscriber, msgspec.json.encode({"rings": state.rings}), _JSON)
    return {"heard": heard}


def plug(turn: Turn, state: ToyState, device: str) -> dict[str, Any]:
    state.plugged = True
    return {}


def unplug(turn: Turn, state: ToyState, device: str) -> dict[str, Any]:
    state.plugged = False
    return {}


def reset_count(turn: Turn, state: ToyState, *, to: int = 0) -> dict[str, Any]:
    """Set the counter, as the vendor's staff."""
    state.count = to
    return {"count": to}


def delivered(turn: Turn, state: ToyState, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """Count a 2xx as acknowledged; else try again a minute later."""
    if outcome.status is not None and 200 <= outcome.status < 300:
        state.acknowledged += 1
    elif len(delivery.attempts) < TRIES:
        turn.send_again(delivery.id, after=60_000_000)


def check(state: ToyState) -> None:
    assert state.count >= 0, "the counter is negative"
    assert len(set(state.waiting)) == len(state.waiting), "a request is pending twice"


def rang(turn: Turn, args: dict[str, Any], value: bool) -> Answer:
    return answer(200, {"rang": value})


def answer(status: int, thing: object) -> Answer:
    return Answer(status, _JSON, msgspec.json.encode(thing))


def bell(turn: Turn, state: ToyState) -> list[Device]:
    return [Device(BELL, "bell", {"rings": state.rings, "plugged": state.plugged}, ("ring", "plug_in", "unplug"))]


_JSON = (("Content-Type", "application/json"),)

TOY = Vendor(
    name="toy",
    title="Toy door bell",
    sites=(API, LAN),
    state=ToyState,
    schema=1,
    seed=lambda turn: ToyState(),
    app=app,
    internal_error=lambda turn: answer(500, {"error": "broken"}),
    credentials=lambda state: {"token": "toy"},
    extra_secrets=lambda state: ["toy!"],
    devices=bell,
    device=lambda turn, state, name: next((one for one in bell(turn, state) if one.id == name), None),
    actions={"bell": {"ring": ring, "plug_in": plug, "unplug": unplug}},
    support={"reset_count": reset_count},
    timers={"over": over},
    renderers={"ring": rang},
    refusals={
        "unavailable": lambda turn: answer(503, {"error": "unavailable"}),
        "rate_limited": lambda turn: answer(429, {"error": "rate_limited"}),
    },
    on_delivery_outcome=delivered,
    variants=lambda: (CountAsText, OneMore, Whisper, Hasty),
    invariants=check,
)
