# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages about run records: what they say, and that nothing in a record becomes markup."""

from __future__ import annotations

import collections
import html.parser
import json
import os
import pathlib
import typing as t
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._report.html import run_in_html
from ansible_collections.aks.dataplane.plugins.module_utils._report.markdown import excerpt, run_in_markdown
from ansible_collections.aks.dataplane.plugins.module_utils._report.page import run_page
from ansible_collections.aks.dataplane.plugins.module_utils._report.text import in_markdown, safe_link
from ansible_collections.aks.dataplane.plugins.module_utils._report.writer import write_report

from tests.support.many_records import write_records
from tests.support.old_records import RUNS, filled, old_record

HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} | [x](javascript:alert(1)) ` \x07 & \"'" + "y" * 10_000
VOID = {"meta", "br", "link"}


class Parser(html.parser.HTMLParser):
    """Tags and attributes of a page; it fails for tags that are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        if self.open:
            raise AssertionError(self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("run", RUNS)
def test_records_of_0_1_0_become_pages(run: str) -> None:
    record = old_record(run)
    page = run_page(record, "/runs/r.json", "ab" * 32)
    seen = Parser(run_in_html(page))
    for text in (record["cluster"], page.headline, page.verdict, "ab" * 32, record["started"], *(node["name"] for node in record["nodes"])):
        assert text in seen.text
    assert "script" not in seen.tags
    markdown = run_in_markdown(page)
    assert markdown.startswith(f"# aks\\-a: {in_markdown(page.verdict)}\n")
    assert all(in_markdown(node["name"]) in markdown for node in record["nodes"])
    assert bool(page.command) is (
        record["verdict"] in (None, "switched", "unverified", "failed", "rollback_failed") and bool(record["before"])
    )


def test_the_change_and_the_way_to_roll_it_back() -> None:
    page = run_page(old_record("kube-proxy-switched"), "/runs/a b.json", "")
    assert ("Data plane", "kube-proxy") in page.facts
    assert [(one.path, one.before, one.after) for one in page.changes] == [("mode", "IPTABLES", "NFTABLES")]
    assert page.command == ('ansible-playbook aks.dataplane.rollback --limit aks-a -e \'{"aks_dataplane_record": "/runs/a b.json"}\'')
    assert "It has not been tried for this run." in page.rollback[-1]
    assert "AKS replaces every node of the cluster for it." in run_page(old_record("host-routing-switched"), "r", "").rollback
    assert run_page(old_record("kube-proxy-refused"), "r", "").rollback[0] == "There is nothing to roll back."


def test_waivers_and_later_keys() -> None:
    record = old_record("kube-proxy-switched")
    record["waivers"] = [
        {"id": "KP20", "reason": "r", "until": "2026-01-01", "ticket": "CHG-7", "expired": True},
        {"id": "KP21", "reason": ""},
    ]
    record["nodes"][0] |= {"leftovers": ["chain KUBE-SERVICES"], "before": "iptables", "seen": "not_seen", "state": "other", "new": {}}
    record["interruption"] = {"targets": []}
    record["later"] = {"x": 1}
    page = run_page(record, "r", "")
    assert [(one.id, one.reason, one.until, one.state) for one in page.waivers] == [
        ("KP20", "r", "2026-01-01", "expired"),
        ("KP21", "no reason given", "no end", "in force"),
    ]
    node = page.nodes[0]
    assert (node.before, node.leftovers, node.verified) == ("iptables", "chain KUBE-SERVICES", "not verified (not seen)")
    assert page.nodes[1].leftovers == "not recorded"
    assert "chain KUBE-SERVICES" in Parser(run_in_html(page)).text


@pytest.mark.parametrize(
    ("look", "leftovers"),
    [
        ({"counts": {"seen": 3}, "leftovers": [], "not_seen": []}, ["none"] * 3),
        (
            {
                "counts": {"seen": 2, "not_seen": 1},
                "leftovers": [{"mode": "IPVS", "things": ["ipset KUBE-CLUSTER-IP", "interface kube-ipvs0"], "nodes": [0]}],
                "not_seen": [{"reason": "not Ready", "nodes": [1]}],
            },
            ["IPVS: ipset KUBE-CLUSTER-IP; interface kube-ipvs0", "not checked", "none"],
        ),
        # Not all that were not seen are named; there is a state in which none is; nobody looked.
        ({"counts": {"seen": 1, "not_seen": 2}, "not_seen": []}, ["not recorded"] * 3),
        ({"counts": {"seen": 2, "windows": 1}}, ["not recorded"] * 3),
        ({"not_seen": [{"reason": "not allowed", "nodes": []}]}, ["not recorded"] * 3),
        ({"counts": "?", "leftovers": [1], "not_seen": {}}, ["not recorded"] * 3),
    ],
)
def test_leftovers_are_those_of_the_look_after_the_change(look: dict[str, t.Any], leftovers: list[str]) -> None:
    """Nodes in the table stand for the names in the record."""
    record = old_record("kube-proxy-switched")
    names = [node["name"] for node in record["nodes"]]
    for kind in ("leftovers", "not_seen"):
        groups = look.get(kind) if isinstance(look.get(kind), list) else []
        look = {
            **look,
            kind: [{**one, "nodes": [names[place] for place in one["nodes"]]} if isinstance(one, dict) else one for one in groups or ()],
        }
    record["looks"] = {"before": {}, "after": look}
    assert [node.leftovers for node in run_page(record, "r", "").nodes] == leftovers


@pytest.mark.parametrize("run", RUNS)
def test_nothing_in_a_record_becomes_markup(run: str) -> None:
    page = run_page(filled({**old_record(run), "interruption": MEASURED}, HOSTILE), HOSTILE, "")
    assert page.interruption.targets
    seen = Parser(run_in_html(page))
    assert set(seen.tags) <= set(Parser(run_in_html(run_page({**old_record(run), "interruption": MEASURED}, "", ""))).tags) | {"a"}
    assert not [value for name, value in seen.attributes if name.startswith("on") or "alert" in (value or "")]
    assert "{{ 7 * 7 }}" in seen.text
    assert "\x07" not in seen.text
    markdown = run_in_markdown(page)
    outside = "".join(part for number, part in enumerate(markdown.split("\n```\n")) if number % 2 == 0)
    assert "<script" not in outside
    assert "](javascript" not in outside


MEASURED: dict[str, t.Any] = {
    "source": "probe",
    "limit": "exceeded",
    "targets": [
        {
            "name": "web",
            "address": "https://[hidden]@shop.example/?[hidden]",
            "max_gap": 2.0,
            "tries": 1600,
            "failures": {"refused": 20, "no_answer": 6, "late": 0, "error": 0},
            "longest_gap": 2.5,
            "gaps": [{"at": 4.0, "seconds": 2.5, "tries": 25, "failed": 25, "open": False}],
            "late_failures": {"tries": 1, "first": 10.0, "last": 10.0},
            "kept_connections_broken": 0,
            "availability": 0.98375,
            "before": {"tries": 600, "p50": 1.2, "p99": 3.0},
            "after": {"tries": 1500, "p50": 1.0, "p99": 2.0},
            "verdict": "exceeded",
            "reason": "new connections failed for 2.5 s, and max_gap is 2 s",
        }
    ],
    "nodes": [{"name": "node-a", "seconds": 2.4}],
}


def test_an_interruption_over_the_limit_is_on_the_first_screen() -> None:
    record = {**old_record("kube-proxy-switched"), "interruption": MEASURED}
    page = run_page(record, "r", "")
    assert (page.level, page.headline) == ("doubtful", "Switched and verified, but the interruption exceeded the limit")
    assert ("Interruption", "web: exceeds the limit: new connections failed for 2.5 s, and max_gap is 2 s") in page.facts
    (target,) = page.interruption.targets
    assert (target.failures, target.late_failures, target.kept, target.availability, target.before) == (
        "20 refused, 6 no answer of 1600 tries",
        "1 until 10 s after the change",
        "0",
        "98.375 %",
        "1.2 / 3 ms",
    )
    for text in (Parser(run_in_html(page)).text, run_in_markdown(page)):
        assert "98.375 %" in text
        assert "2.4" in text


def test_without_a_probe_the_page_has_the_window_of_each_node() -> None:
    nodes = [{"name": "node-a", "seconds": 2.4}, {"name": "node-b", "seconds": 3}]
    page = run_page({**old_record("kube-proxy-switched"), "interruption": {"nodes": nodes}}, "r", "")
    said = "not measured; on node-b, the rules were complete at most 3.0 s after the start of kube-proxy"
    assert (page.level, page.interruption.said) == ("good", (said,))


@pytest.mark.parametrize(
    "edited",
    [{"targets": [{"name": "web"}]}, {"targets": [1]}, {"nodes": [{"name": "a", "seconds": "soon"}]}, {"targets": {"a": 1}}, {"x": 1}],
)
def test_an_interruption_that_somebody_has_edited_is_shown_as_it_is(edited: dict[str, t.Any]) -> None:
    page = run_page({**old_record("kube-proxy-switched"), "interruption": edited}, "r", "")
    assert page.level == "good"
    assert ("<pre>" in run_in_html(page).partition("<h2>Interruption</h2>")[2].partition("<h2>")[0]) is ("x" not in edited)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://learn.microsoft.com/azure/aks?x=1&y=2#z", True),
        ("http://example.com", True),
        *(
            (bad, False)
            for bad in ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//example.com", "ftp://x/y", "", "x")
        ),
        *(
            (bad, False)
            for bad in ("https://user@example.com/", 'https://a/"onclick="x', "https://a/ b", "https://[", "https:///x", "https://a/)b")
        ),
    ],
)
def test_links_lead_to_the_web_only(address: str, link: bool) -> None:
    assert safe_link(address) == (address if link else "")


def test_a_page_makes_no_request_and_can_be_reached_with_the_keyboard() -> None:
    text = run_in_html(run_page(old_record("kube-proxy-switched"), "r", ""))
    seen = Parser(text)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(seen.tags)
    assert "url(" not in text
    assert "@import" not in text
    names = [name for name, _value in seen.attributes]
    assert names.count("tabindex") == names.count("aria-label") > 2
    assert ("href", "#main") in seen.attributes
    assert ("lang", "en") in seen.attributes
    for rule in ("prefers-color-scheme: dark", "@media print", "width=device-width", "overflow-x: auto"):
        assert rule in text


def put(folder: pathlib.Path, *runs: str) -> list[str]:
    paths = []
    for run in runs:
        record = old_record(run)
        path = folder / f"{record['run_id']}.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        paths.append(str(path))
    return paths


def test_one_page_stands_next_to_its_record(tmp_path: pathlib.Path) -> None:
    (path,) = put(tmp_path, "kube-proxy-switched")
    assert write_report([path], None, check_mode=True).changed
    assert len([*tmp_path.iterdir()]) == 1
    written = write_report([path], None)
    assert [*written.files] == [path.replace(".json", ".html"), path.replace(".json", ".md")]
    assert written.markdown == pathlib.Path(written.files[1]).read_text(encoding="utf-8")
    assert pathlib.Path(written.files[0]).stat().st_mode & 0o077 == 0
    assert written.changed
    assert not write_report([path], None).changed


def test_a_fleet_by_state_and_its_junit_xml(tmp_path: pathlib.Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    put(runs, *RUNS)
    (runs / "other.json").write_text("{}")
    dest = tmp_path / "pages"
    written = write_report([str(runs)], str(dest))
    assert len(written.pages) == len(RUNS)
    assert [path for path, _reason in written.skipped] == [str(runs / "other.json")]
    index = Parser((dest / "index.html").read_text(encoding="utf-8"))
    # All are about one cluster, whose last run counts.
    assert f"1 clusters, 1 {written.pages[0].verdict}." in " ".join(index.text.split())
    for name, value in index.attributes:
        assert name != "href" or value == "#main" or (dest / str(value)).is_file()
    suite = ET.fromstring((dest / "junit.xml").read_text(encoding="utf-8"))
    assert (suite.get("tests"), len(suite)) == (str(len(RUNS)), len(RUNS))
    assert suite.get("failures") == str(len([page for page in written.pages if page.level != "good"]))
    assert written.markdown.startswith("# Clusters by state")


@pytest.mark.parametrize("sources", [["gone"], ["empty"]])
def test_nothing_to_report_about(sources: list[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataplaneError) as caught:
        write_report([str(tmp_path / source) for source in sources], None)
    assert caught.value.code == "ReportNotPossible"


def test_hundreds_of_records_have_a_page_each_and_one_of_the_fleet(tmp_path: pathlib.Path) -> None:
    verdicts = write_records(tmp_path, 300)
    written = write_report([str(tmp_path)], None)
    fleet = Parser((tmp_path / "index.html").read_text(encoding="utf-8"))
    links = {value for name, value in fleet.attributes if name == "href"}
    assert (len(written.pages), written.skipped, len(written.files)) == (300, (), 2 * 300 + 3)
    assert all(os.path.relpath(path, tmp_path) in links for path in written.files if path.endswith(".html") and "index" not in path)
    assert collections.Counter(page.verdict for page in written.pages) == verdicts
    assert all(f"aks-{number:04}" in fleet.text for number in range(300))
    assert len(ET.parse(tmp_path / "junit.xml").getroot().findall(".//testcase")) == 300
    assert not write_report([str(tmp_path)], None).changed


# Of AWX's artifacts, of which this one is a part.
LITTLE = 4096


def test_an_excerpt_has_whole_lines_and_names_the_page() -> None:
    lines = [f"| aks-{number:04} | \u00e9t\u00e9 | switched |" for number in range(500)]
    markdown = "\n".join(lines) + "\n"
    for path in ("/records/" + "d" * 200 + "/index.md", ""):
        text = excerpt(markdown, path)
        assert 3000 < len(json.dumps({"aks_dataplane_report_markdown": text})) < LITTLE
        *kept, empty, last = text.splitlines()
        assert kept == lines[: len(kept)]
        assert (empty, last.replace("\\", "")) == ("", f"... and {500 - len(kept)} more lines{f' in {path}' if path else ''}")
    assert excerpt(lines[0], "/records/index.md") == lines[0]
    assert len(excerpt("x" * 10_000, "")) < 100
