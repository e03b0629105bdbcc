"""A report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from lockpact.report import Report
from lockpact.table import MARKS, summary
from lockpact.verdict import Verdict

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --kept: #1a7f37; --broken: #c62828; --open: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; } .about { opacity: .75; margin-top: 0; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.id, td.outcome { white-space: nowrap; } td.n { text-align: right; }
.kept .outcome { color: var(--kept); } .broken .outcome { color: var(--broken); font-weight: 600; }
.not .outcome { color: var(--open); } .why { opacity: .75; display: block; font-size: .9em; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .85rem; }
@media (prefers-color-scheme: dark) { :root { --kept: #57ab5a; --broken: #ff6b6b; --open: #d4a72c; } }
"""


def page(report: Report, stories: Mapping[str, str]) -> str:
    """The page. `stories`: law id → its story. All that is not ours is escaped."""
    title = f"{report.subject} and the {report.vendor} pact"
    rows = "\n".join(map(_row, report.verdicts))
    told = "\n".join(_story(v, stories.get(v.law.id, "")) for v in report.broken)
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in report.notes)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p class="about">{escape(report.document)} · {escape(summary(report))}</p>
<table>
<thead><tr><th>law</th><th>verdict</th><th></th><th>judged</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{notes}{told}
</body>
</html>
"""


def _row(verdict: Verdict) -> str:
    law, (mark, _) = verdict.law, MARKS[verdict.outcome]
    kind = verdict.outcome.partition(" ")[0]
    name = f'<a href="#{escape(law.id)}">{escape(law.id)}</a>' if verdict.breach is not None else escape(law.id)
    why = f'<span class="why">{escape(verdict.why)}</span>' if verdict.why else ""
    return (
        f'<tr class="{kind}"><td class="id">{name}</td><td class="outcome">{mark} {verdict.outcome}</td>'
        f'<td>{escape(law.sentence)}{why}</td><td class="n">{verdict.judged or ""}</td></tr>'
    )


def _story(verdict: Verdict, story: str) -> str:
    law = verdict.law
    return f'<h2 id="{escape(law.id)}">{escape(law.id)}</h2>\n<pre>{escape(story)}</pre>'
