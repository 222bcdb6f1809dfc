"""A report as one HTML file that needs nothing else: tables, remarks and plots as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from detectors.evaluation.report import Plot, Report, number

_PAGE = """<!doctype html>
<html lang="en-GB"><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width">
<style>
 body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
 table { border-collapse: collapse; margin: 1rem 0 } caption { text-align: left; font-weight: 600 }
 th, td { padding: .25rem .75rem; border-bottom: 1px solid #ccc; text-align: right }
 th:first-child, td:first-child, td:last-child { text-align: left }
 .wide { overflow-x: auto }
 svg { max-width: 100%; height: auto }
</style>
<main><h1>{{ title }}</h1>
{% for report in reports %}<h2>{{ report.title }}</h2>
{% for remark in report.remarks %}<p>{{ remark }}</p>{% endfor %}
{% for table in report.tables %}<div class="wide"><table><caption>{{ table.title }}</caption>
<tr><th scope="col">method</th>
{% for column in table.columns %}<th scope="col">{{ column.replace("_", " ") }}</th>{% endfor %}
<th scope="col">goal</th></tr>
{% for row in table.rows %}<tr><td>{{ row.name }}</td>
{% for column in table.columns %}<td>{{ number(row.figures.get(column)) }}</td>{% endfor %}
<td>{{ row.verdict }}</td></tr>{% endfor %}
</table></div>{% endfor %}
{% for plot in report.plots %}{{ drawn(plot) }}{% endfor %}{% endfor %}</main>
</html>
"""


def page(title: str, reports: Sequence[Report]) -> str:
    """The reports one after another. The same reports give the same text."""
    environment = Environment(autoescape=True)
    return environment.from_string(_PAGE).render(
        title=title, reports=reports, number=number, drawn=_drawn
    )


def _drawn(plot: Plot) -> Markup:
    # A fixed salt: ids in the SVG would differ from run to run otherwise.
    with mpl.rc_context({"svg.hashsalt": plot.title, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for curve in plot.curves:
            axes.plot(curve.x, curve.y, label=curve.name)
        axes.set(title=plot.title, xlabel=plot.x_label, ylabel=plot.y_label)
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    whole = out.getvalue()
    return Markup(whole[whole.index("<svg") :])  # noqa: S704 - matplotlib escapes its texts
