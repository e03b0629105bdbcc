"""A report as JUnit XML: one test case for each law, as CI systems read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from lockpact.report import Report
from lockpact.story import mask
from lockpact.verdict import Verdict

__all__ = ["junit"]

_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may have."""


def junit(report: Report, stories: Mapping[str, str]) -> bytes:
    """The document. `stories`: law id → its story. What was not judged is skipped, with the reason."""
    suite = ET.Element(
        "testsuite",
        name=f"lockpact.{report.vendor}",
        tests=str(len(report.verdicts)),
        failures=str(len(report.broken)),
        errors="0",
        skipped=str(sum(v.outcome.startswith("not ") for v in report.verdicts)),
        time=f"{report.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("subject", report.subject), ("document", report.document), ("seed", str(report.seed))):
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for verdict in report.verdicts:
        _case(suite, report, verdict, stories)
    whole = ET.Element("testsuites")
    whole.append(suite)
    ET.indent(whole)
    document: bytes = ET.tostring(whole, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ET.Element, report: Report, verdict: Verdict, stories: Mapping[str, str]) -> None:
    law = verdict.law
    case = ET.SubElement(
        suite, "testcase", classname=f"lockpact.{report.vendor}", name=_clean(f"{law.id} {law.sentence}"), time="0"
    )
    if verdict.breach is not None:
        sentence = mask(verdict.breach.sentence, report.secrets)
        told = ET.SubElement(case, "failure", type=law.id, message=_clean(sentence))
        told.text = _clean(stories.get(law.id, ""))
    elif verdict.outcome != "kept":
        ET.SubElement(case, "skipped", message=_clean(f"{verdict.outcome}: {verdict.why}"))


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
