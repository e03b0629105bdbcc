"""What can go wrong with an adapter's program, and how its errors become the port's."""

from __future__ import annotations

from typing import Any

from lockpact.programs.messages import ErrorObject
from lockpact.programs.port_types import PortDescription
from lockpact.programs.values import InvalidValue, from_json

__all__ = ["InvalidResult", "ProgramDied", "ProgramError", "ProgramHangs", "error_from"]


class ProgramError(Exception):
    """The program answered with an error that the port does not have. Its subclasses have the names of the program's errors."""


class ProgramDied(ProgramError):
    """The program has ended, so nobody answers."""


class ProgramHangs(ProgramError):
    """The program neither answers nor does anything else."""


class InvalidResult(ProgramError):
    """The program's result is not what the port asks for."""


def error_from(error: ErrorObject, port: PortDescription) -> Exception:
    """Return the exception for an error of the program: the port's error of this name, or a ProgramError."""
    data: dict[str, Any] = error.data if isinstance(error.data, dict) else {}
    name = str(data.get("error") or "ProgramError")
    known = {one.name: one for one in port.errors}
    text = error.message
    if name in known:
        described = known[name]
        try:
            more = {
                field.name: from_json(data[field.name], field.type, f"{name}.{field.name}")
                for field in described.fields
                if field.name in data
            }
            raised: Exception = described.python(text, **more)
        except (InvalidValue, TypeError) as wrong:
            return InvalidResult(f"the program's error {name} does not fit the port: {wrong}")
    else:
        kind = type(name if name.isidentifier() else "ProgramError", (ProgramError,), {"__module__": __name__})
        raised = kind(text)
    if data.get("cause"):
        raised.__cause__ = ProgramError(str(data["cause"]))
    return raised
