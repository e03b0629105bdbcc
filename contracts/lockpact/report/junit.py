"""A report as JUnit XML, for CI systems: one test case for each row."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from lockpact.report.model import ReportModel, Row

__all__ = ["render_junit"]

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow."""


def render_junit(report: ReportModel) -> bytes:
    """Return the document. Rows that were not judged are skipped test cases, with the reason."""
    suite = ET.Element(
        "testsuite",
        name=f"lockpact.{report.vendor}",
        tests=str(len(report.rows)),
        failures=str(sum(row.tone in ("bad", "mild") for row in report.rows)),
        errors="0",
        skipped=str(sum(row.tone in ("open", "dim") for row in report.rows)),
        time=f"{report.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in report.facts.items():
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for row in report.rows:
        _case(suite, report, row)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ET.Element, report: ReportModel, row: Row) -> None:
    name = _clean(f"{row.id} {row.sentence}")
    case = ET.SubElement(suite, "testcase", classname=f"lockpact.{report.vendor}", name=name, time="0")
    if row.tone in ("bad", "mild"):
        failure = ET.SubElement(case, "failure", type=row.id, message=_clean(row.why or row.word))
        failure.text = _clean(row.story)
    elif row.tone != "good":
        ET.SubElement(case, "skipped", message=_clean(f"{row.word}: {row.why}"))


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
