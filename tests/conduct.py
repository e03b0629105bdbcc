"""Judge traffic made by hand by a pact's laws of conduct.

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
"""Fields of an exchange whose answer was lost."""
GONE: dict[str, Any] = {"status": None, "broken": "timeout", "answer": b""}
"""Fields of an exchange whose caller hung up."""


@dataclass(frozen=True)
class Conduct:
    """A pact's laws of conduct, and the server that the traffic is with."""

    pact: Pact
    site: str

    def x(self, target: str, at: float = 0, took: float = 0, said: Any = None, **more: Any) -> Exchange:
        """Return an exchange that is answered 200 with the JSON of `said`. `at` and `took` are in seconds.

        `asks` is the JSON body of the request. `more` are fields of Exchange, which take precedence.
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
        """Return None if the law is kept, "untriggered", or the sentence of the breach."""
        conduct = self.pact.law(law).of_conduct
        assert conduct is not None
        try:
            return "untriggered" if conduct(Traffic(traffic)) is UNTRIGGERED else None
        except AssertionError as broken:
            return str(broken).partition("\n")[0]

    def laws(self) -> list[str]:
        """Return the ids of the laws that traffic alone can judge."""
        return [law.id for law in self.pact.laws if law.of_conduct is not None]
