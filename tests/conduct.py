"""Laws of conduct, tried on traffic made by hand: for any vendor.

NOKE = Conduct(PACT, "sandbox")
NOKE.judge("NO-…-1", NOKE.x("/unlock/", 0, method="POST", said={"result": "success"}))
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lockpact.core.law import UNTRIGGERED
from lockpact.core.pact import Pact
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["GONE", "LOST", "Conduct"]

SECOND = 1_000_000
LOST: dict[str, Any] = {"status": None, "broken": "reset", "answer": b""}
"""For an exchange whose answer was lost …"""
GONE: dict[str, Any] = {"status": None, "broken": "timeout", "answer": b""}
"""… or not waited for."""


@dataclass(frozen=True)
class Conduct:
    """A pact's laws of conduct, and the site that the traffic is with."""

    pact: Pact
    site: str

    def x(self, target: str, at: float = 0, took: float = 0, said: Any = None, **more: Any) -> Exchange:
        """One exchange, `at` and `took` in seconds, answered 200 with the JSON of `said`; `asks` is the JSON sent.

        `more` are an Exchange's own fields, which win.
        """
        began = round(at * SECOND)
        given: dict[str, Any] = {
            "vendor": self.pact.vendor,
            "site": self.site,
            "method": "GET",
            "target": target,
            "began": began,
            "ended": began + round(took * SECOND),
            "status": 200,
            "answer": json.dumps({"success": True} if said is None else said).encode(),
        }
        if "asks" in more:
            given |= {"method": "POST", "body": json.dumps(more.pop("asks")).encode()}
        return Exchange(**given | more)

    def judge(self, law: str, *traffic: Exchange) -> str | None:
        """→ what the law says: None for kept, "untriggered", or the sentence of the breach."""
        conduct = self.pact.law(law).of_conduct
        assert conduct is not None
        try:
            return "untriggered" if conduct(Traffic(traffic)) is UNTRIGGERED else None
        except AssertionError as broken:
            return str(broken).partition("\n")[0]

    def laws(self) -> list[str]:
        """The ids of the laws that traffic alone can judge."""
        return [law.id for law in self.pact.laws if law.of_conduct is not None]
