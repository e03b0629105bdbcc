"""The root of what the vendors' APIs refuse."""

from __future__ import annotations

__all__ = ["ApiError"]


class ApiError(Exception):
    """A refusal in the vendor's own form.

    `status` goes to the caller, in the form that the vendor's `serialization` gives it. `sentence` goes into the journal
    as a near miss: what the API objects to, and what would work. It never leaves the simulator.
    """

    status = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
