"""A paper as JUnit XML: one test case for each row, as CI systems read them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from lockpact.report.model import ReportModel, Row

__all__ = ["junit"]

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may have."""


def junit(paper: ReportModel) -> bytes:
    """The document. What was not judged is skipped, with the reason."""
    suite = ET.Element(
        "testsuite",
        name=f"lockpact.{paper.vendor}",
        tests=str(len(paper.rows)),
        failures=str(sum(row.tone in ("bad", "mild") for row in paper.rows)),
        errors="0",
        skipped=str(sum(row.tone in ("open", "dim") for row in paper.rows)),
        time=f"{paper.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in paper.facts.items():
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for row in paper.rows:
        _case(suite, paper, row)
    whole = ET.Element("testsuites")
    whole.append(suite)
    ET.indent(whole)
    document: bytes = ET.tostring(whole, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ET.Element, paper: ReportModel, row: Row) -> None:
    name = _clean(f"{row.id} {row.sentence}")
    case = ET.SubElement(suite, "testcase", classname=f"lockpact.{paper.vendor}", name=name, time="0")
    if row.tone in ("bad", "mild"):
        told = ET.SubElement(case, "failure", type=row.id, message=_clean(row.why or row.word))
        told.text = _clean(row.story)
    elif row.tone != "good":
        ET.SubElement(case, "skipped", message=_clean(f"{row.word}: {row.why}"))


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
