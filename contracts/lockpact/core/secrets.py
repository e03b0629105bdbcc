"""Keep secrets out of what people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["MASK", "leak", "mask"]

MASK = "•••"


def mask(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret in a text, the longest first, since one may contain another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def leak(logs: Iterable[str], error: BaseException | None, secrets: Iterable[str]) -> str | None:
    """Return where people would read one of these secrets, and how to keep it out; None if it is nowhere.

    Args:
        logs: The lines that a client logged, as `Step.logs` has them.
        error: The exception that it raised. The texts of its causes count, too: a traceback shows them.
        secrets: What must not be there. Empty texts are ignored.
    """
    secrets = [secret for secret in secrets if secret]
    for line in logs:
        if any(secret in line for secret in secrets):
            logger, _, level = line.partition(":")[0].rpartition(" ")
            return f"a log line ({level} of {logger}); mask it by a logging.Filter on that logger, or raise its level"
    for raised in _chain(error):
        if any(secret in f"{raised} {raised!r} {getattr(raised, '__notes__', '')}" for secret in secrets):
            cause = "" if raised is error else ", which caused the error; `raise … from None` hides it"
            return f"the text of {type(raised).__name__}{cause}"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that its traceback shows as its causes."""
    while error is not None:
        yield error
        error = error.__cause__ if error.__cause__ or error.__suppress_context__ else error.__context__
