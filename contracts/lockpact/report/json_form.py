"""A report as JSON, for programs and for `lockpact merge`: the fields of `lockpact.report.model.ReportModel`."""

from __future__ import annotations

import msgspec

from lockpact.report.model import ReportModel

__all__ = ["decode_report", "encode_report"]

_FORMAT = "lockpact-report-1"


def encode_report(report: ReportModel) -> bytes:
    """Return the report as JSON. Secrets are masked in it already."""
    return (
        msgspec.json.format(msgspec.json.encode({"format": _FORMAT, **msgspec.to_builtins(report)}), indent=1) + b"\n"
    )


def decode_report(text: bytes) -> ReportModel:
    """Return the report that `encode_report` wrote. Raises ValueError with a sentence that says what is wrong."""
    try:
        read = msgspec.json.decode(text)
        if not isinstance(read, dict) or read.pop("format", None) != _FORMAT:
            raise ValueError(f"it is no report of this version, whose format is {_FORMAT}; write it with --json FILE")
        return msgspec.convert(read, ReportModel)
    except msgspec.MsgspecError as wrong:
        raise ValueError(f"it is no report: {wrong}") from None
