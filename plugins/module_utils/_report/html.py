"""The pages as HTML files that need nothing else: no script, no request."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from . import templates
from .chart import chart
from .fleet import FleetPage
from .interruption import NODES, TARGETS
from .page import RunPage

if t.TYPE_CHECKING:
    import jinja2


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    texts = {"base": templates.BASE, "table": templates.TABLE, "run": templates.RUN, "fleet": templates.FLEET}
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.DictLoader(texts), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(target_heads=TARGETS, node_heads=NODES)
    environment.filters["cells"] = dataclasses.astuple
    return environment


def run_in_html(page: RunPage) -> str:
    """What a record holds is data: it is escaped, and never a template. The chart escapes what it shows."""
    return _environment().get_template("run").render(page=page, chart=chart(page.interruption.strips))


def fleet_in_html(page: FleetPage) -> str:
    """The clusters by state, each with a link to the page of its last run."""
    return _environment().get_template("fleet").render(page=page)
