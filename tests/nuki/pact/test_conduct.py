"""The laws of conduct, which judge Nuki clients in any language by their traffic."""

from __future__ import annotations

from lockpact.nuki import PACT
from tests.conduct import GONE, LOST, Conduct
from tests.vendor_suites import ConductSuite

UNLOCK = "/lockAction?nukiId=1&action=1&token=t"
READ = "/lockState?nukiId=1&token=t"
ADD = "/callback/add?url=http%3A%2F%2F10.0.0.1%2Fhook&token=t"
BRIDGE = Conduct(PACT, "bridge")
x = BRIDGE.x
CALLBACKS = {"callbacks": [{"id": 0, "url": "http://10.0.0.9/"}, {"id": 1, "url": "http://10.0.0.1/hook"}]}


class TestConduct(ConductSuite):
    conduct = BRIDGE
    good = (
        ("NK-AUTH-1", [x("/auth", took=30, said={"success": False}), x("/auth", 60, took=31, **GONE)]),
        ("NK-AUTH-2", [x("/auth", status=403), x("/auth", 40, status=403)]),
        ("NK-AUTH-3", [x("/list?token=a", status=401), x("/list?token=b"), x("/list?token=a", status=401)] * 3),
        ("NK-ACT-2", [x(UNLOCK, took=2, **LOST), x(READ, 3), x(UNLOCK, 4)]),
        ("NK-ACT-2", [x(UNLOCK, took=2, **LOST), x(UNLOCK, 90)]),
        ("NK-ACT-2", [x(UNLOCK, **LOST), x("/lockAction?nukiId=1&action=2&token=t", 1)]),
        ("NK-ACT-3", [x(f"/lockAction?nukiId=1&action={code}&token=t") for code in range(1, 6)]),
        ("NK-CB-1", [x(ADD), x("/callback/remove?id=0&token=t"), x(ADD)]),
        ("NK-CB-4", [x(ADD), x("/callback/list?token=t", said=CALLBACKS), x("/callback/remove?id=1&token=t")]),
        ("NK-SERIAL-1", [x("/list", took=1), x("/info", 1), x("/discover/bridges", 1)]),
        ("NK-CAP-1", [x("/reboot", 0), x("/info", 1, said={"bridgeType": 2}), x("/list", 2)]),
    )  # fmt: skip
    bad = (
        ("NK-AUTH-1", [x("/auth", took=5, **GONE)], "the button can be pressed for 30 s, and the client hung up after 5.0 s"),
        ("NK-AUTH-2", [x("/auth", n, status=403) for n in range(4)], "and the client called it 3 times more within 30 s"),
        ("NK-AUTH-3", [x("/list?token=a", n, status=401) for n in range(10)], "10 requests in a row had the same refused token"),
        ("NK-ACT-2", [x(UNLOCK, **LOST), x(UNLOCK, 1)], "was lost, and it was sent again without reading the lock first"),
        ("NK-ACT-2", [x(UNLOCK, status=503), x(READ, 1, status=503), x(UNLOCK, 2)], "sent again without reading"),
        ("NK-ACT-2", [x(UNLOCK, **LOST), x("/lockState?nukiId=2&token=t", 1), x(UNLOCK, 2)], "sent again without reading"),
        ("NK-ACT-3", [x("/lockAction?nukiId=1&action=6&token=t", status=400)], "action=6 was sent, which is not one of"),
        ("NK-CB-1", [x("/callback/add?url=http://10.0.0.1/?a=1&b=2&token=t")], "its b arrived as a parameter of the bridge"),
        ("NK-CB-1", [x(ADD)] * 2, "was registered already, and the client added it again"),
        ("NK-CB-4", [x("/callback/list", said=CALLBACKS), x("/callback/remove?id=0")], "which it had not added"),
        ("NK-SERIAL-1", [x("/list", took=1), x("/info", 0.5)], "/info was sent while /list had not been answered yet"),
        ("NK-CAP-1", [x("/info", said={"bridgeType": 2}), x("/reboot", 1)], "and the client called /reboot"),
    )  # fmt: skip
