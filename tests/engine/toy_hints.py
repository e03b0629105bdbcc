"""What a random walk through the toy's world may do."""

from __future__ import annotations

from tests.engine.toy import BELL
from tests.engine.wander import Hints

HINTS = Hints(
    site="api",
    requests=(
        ("GET", "/echo/%C3%A9?a=1&a=2"),
        ("GET", "/wait"),
        ("GET", "/wait?seconds=0.5"),
        ("GET", "/wait?seconds=nonsense"),
        ("POST", "/count"),
        ("GET", "/count"),
        ("POST", "/subscribe?url=http://127.0.0.1:9/"),
        ("GET", "/broken"),
        ("DELETE", "/nowhere"),
    ),
    acts=(
        (BELL, "ring", {}),
        (BELL, "ring", {"times": 2}),
        (BELL, "ring", {"times": "many"}),
        (BELL, "unplug", {}),
        (BELL, "plug_in", {}),
        ("back", "ring", {}),
        (None, "reset_count", {"to": 5}),
        (None, "reset_count", {"to": -5}),
    ),
    refusals=("unavailable", "rate_limited"),
)
