"""The templates of the pages. They are Python, because a module is sent to where it runs without any other files."""

from __future__ import annotations

BASE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{% block title %}{% endblock %}</title>
<style>
:root {
  color-scheme: light dark; --line: #767676; --good: #0b5a1e; --doubtful: #7a4100; --bad: #a1121b; --soft: #f1f1f1; --text: #111; --page: #fff;
  --link: #0b47a1;
}
@media (prefers-color-scheme: dark) {
  :root { --line: #8c8c8c; --good: #7ddc93; --doubtful: #ffc163; --bad: #ff9c9c; --soft: #262626; --text: #eee; --page: #161616; --link: #9cc3ff; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 75rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  overflow-wrap: anywhere;
}
a { color: var(--link); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; background: var(--page); }
.verdict { border-left: .5rem solid; padding: .25rem 1rem; }
.good { color: var(--good); } .doubtful { color: var(--doubtful); } .bad { color: var(--bad); }
.message { white-space: pre-wrap; background: var(--soft); padding: .5rem 1rem; }
.scroll { overflow-x: auto; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; min-width: 5rem; }
thead th { background: var(--soft); overflow-wrap: normal; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem; }
dt { font-weight: bold; } dd { margin: 0; }
svg { display: block; min-width: 36rem; max-width: 100%; height: auto; }
pre { white-space: pre-wrap; font-family: ui-monospace, monospace; background: var(--soft); padding: .5rem 1rem; }
@media print {
  body { max-width: none; padding: 0; } .scroll { overflow: visible; } tr, dl { break-inside: avoid; } th, td { min-width: 0; }
  thead th { overflow-wrap: anywhere; }
  a::after { content: " (" attr(href) ")"; }
}
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<main id="main">
{% block main %}{% endblock %}
</main>
</body>
</html>
"""

TABLE = """{% macro table(title, heads, rows) %}
<div class="scroll" role="region" tabindex="0" aria-label="{{ title }}">
<table>
<thead><tr>{% for head in heads %}<th scope="col">{{ head }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
</div>
{% endmacro %}
"""

RUN = """{% extends "base" %}
{% from "table" import table %}
{% block title %}{{ page.cluster }}: {{ page.verdict }}{% endblock %}
{% block main %}
<h1>{{ page.cluster }}: {{ page.verdict }}</h1>
<p class="verdict {{ page.level }}"><strong>{{ page.headline }}</strong></p>
<dl>{% for label, value in page.facts %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{% if page.message %}<p class="message">{{ page.message }}</p>{% endif %}
<h2>Change</h2>
{% if page.changes %}{{ table("Change", ["Setting", "Before", "After"], page.changes | map("cells")) }}
{% else %}<p>No difference between before and after was recorded.</p>{% endif %}
<h2>Findings</h2>
{% if page.findings %}
<div class="scroll" role="region" tabindex="0" aria-label="Findings">
<table>
<thead><tr><th scope="col">Severity</th><th scope="col">Rule</th><th scope="col">Finding</th><th scope="col">Remedy</th></tr></thead>
<tbody>
{% for one in page.findings %}<tr><td>{{ one.severity }}{% if one.note %} ({{ one.note }}){% endif %}</td>
<td>{% if one.link %}<a href="{{ one.link }}" rel="noreferrer">{{ one.id }}: {{ one.title }}</a>{% else %}{{ one.id }}: {{ one.title }}{% endif %}</td>
<td>{{ one.subject }}: {{ one.message }}</td><td>{{ one.remedy }}</td></tr>
{% endfor %}</tbody>
</table>
</div>
{% else %}<p>No findings were recorded.</p>{% endif %}
<h2>Waivers</h2>
{% if page.waivers %}{{ table("Waivers", ["Rule", "Reason", "Until", "Ticket", "State"], page.waivers | map("cells")) }}
{% else %}<p>No rule was waived.</p>{% endif %}
<h2>Nodes</h2>
{% if page.nodes %}{{ table("Nodes", ["Node", "Before", "After", "Verified", "Leftovers", "Reasons"], page.nodes | map("cells")) }}
{% else %}<p>No look at the nodes was recorded.</p>{% endif %}
<h2>Timeline</h2>
{{ table("Timeline", ["Phase", "Status", "Started", "Seconds", "Message"], page.phases | map("cells")) }}
{% if page.interruption %}<h2>Interruption</h2>
{% if chart %}<div class="scroll" role="region" tabindex="0" aria-label="Gaps over time; the table has the figures">{{ chart | safe }}</div>{% endif %}
{% if page.interruption.targets %}{{ table("Interruption of each target", target_heads, page.interruption.targets | map("cells")) }}{% endif %}
{% if page.interruption.nodes %}{{ table("Interruption of each node", node_heads, page.interruption.nodes | map("cells")) }}{% endif %}
{% if page.interruption.raw %}<pre>{{ page.interruption.raw }}</pre>{% endif %}
{% endif %}
<h2>Rollback</h2>
{% for sentence in page.rollback %}<p>{{ sentence }}</p>{% endfor %}
{% if page.command %}<pre>{{ page.command }}</pre>{% endif %}
<h2>Source</h2>
<dl>{% for label, value in page.source %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{% endblock %}
"""

FLEET = """{% extends "base" %}
{% from "table" import table %}
{% block title %}Clusters by state{% endblock %}
{% block main %}
<h1>Clusters by state</h1>
<p>{{ page.rows | length }} clusters{% for verdict, number in page.counts %}, {{ number }} {{ verdict }}{% endfor %}.</p>
<div class="scroll" role="region" tabindex="0" aria-label="Clusters">
<table>
<thead>
<tr>{% for head in ["Cluster", "Resource group", "Verdict", "Configuration", "Last run", "Runs"] %}<th scope="col">{{ head }}</th>{% endfor %}</tr>
</thead>
<tbody>
{% for row in page.rows %}<tr><td><a href="{{ row.link | urlencode }}">{{ row.page.cluster }}</a></td><td>{{ row.page.resource_group }}</td>
<td class="{{ row.page.level }}">{{ row.page.verdict }}</td><td>{{ row.page.configuration }}</td><td>{{ row.page.started }}</td><td>{{ row.runs }}</td></tr>
{% endfor %}</tbody>
</table>
</div>
{% if page.skipped %}<h2>Files that are no run records</h2>{{ table("Files that are no run records", ["File", "Reason"], page.skipped) }}{% endif %}
{% endblock %}
"""
