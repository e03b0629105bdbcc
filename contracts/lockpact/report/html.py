"""A paper as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from html import escape

from lockpact.report.model import ReportModel, Row
from lockpact.report.terminal import MARKS

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #c62828; --open: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; } .about { opacity: .75; margin-top: 0; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.id, td.verdict { white-space: nowrap; } td.n { text-align: right; }
.good .verdict { color: var(--good); } .bad .verdict { color: var(--bad); font-weight: 600; }
.open .verdict, .dim .verdict, .mild .verdict { color: var(--open); } .why { opacity: .75; display: block; font-size: .9em; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .85rem; }
@media (prefers-color-scheme: dark) { :root { --good: #57ab5a; --bad: #ff6b6b; --open: #d4a72c; } }
"""


def page(paper: ReportModel) -> str:
    """The page. All that is not ours is escaped."""
    rows = "\n".join(
        (_group(row.group) if row.group != before else "") + _row(row)
        for row, before in zip(paper.rows, ["", *(row.group for row in paper.rows)], strict=False)
    )
    told = "\n".join(
        f'<h2 id="{escape(row.id)}">{escape(row.id)}</h2>\n<pre>{escape(row.story)}</pre>'
        for row in paper.rows
        if row.story
    )
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in paper.notes)
    about = " · ".join(escape(text) for text in (paper.about, paper.summary) if text)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(paper.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(paper.title)}</h1>
<p class="about">{about}</p>
<table>
<thead><tr><th>{escape(paper.heading)}</th><th>verdict</th><th></th><th>{escape(paper.counted)}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{notes}{told}
</body>
</html>
"""


def _group(group: str) -> str:
    return f'<tr><th colspan="4">{escape(group)}</th></tr>\n'


def _row(row: Row) -> str:
    mark, _ = MARKS[row.tone]
    name = f'<a href="#{escape(row.id)}">{escape(row.id)}</a>' if row.story else escape(row.id)
    why = f'<span class="why">{escape(row.why)}</span>' if row.why else ""
    return (
        f'<tr class="{row.tone}"><td class="id">{name}</td><td class="verdict">{mark} {escape(row.word)}</td>'
        f'<td>{escape(row.sentence)}{why}</td><td class="n">{row.count or ""}</td></tr>'
    )
