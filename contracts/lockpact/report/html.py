"""A report as HTML without a script: what its page shows where scripts do not run."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from lockpact.report.model import ReportModel
from lockpact.report.terminal import MARKS

__all__ = ["render_html"]


def render_html(report: ReportModel) -> str:
    """Return the contents of the page's body, with everything escaped that the report contains."""
    return _template().render(report=report, marks=MARKS)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("lockpact.report", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html.jinja")
