# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check before a release makes of logs, results and versions."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from tools.release_check.changelog import judge
from tools.release_check.importer import complaints, undocumented
from tools.release_check.problem import Problem
from tools.release_check.programs import ROOT
from tools.release_check.readme import Repository, absolute, repository, shown_by_galaxy, targets
from tools.release_check.tarball import NEEDED, missing

LOG = """Importing with galaxy-importer 0.4.44
Loading module aks_kube_proxy
WARNING: No changelog found. Add a CHANGELOG.rst, CHANGELOG.md, or changelogs/changelog.yaml file.
ERROR: Found ansible-lint errors
Loading module warning_error
...ansible-lint run complete
"""


def test_complaints_of_the_importer() -> None:
    assert [line.partition(":")[0] for line in complaints(LOG)] == ["WARNING", "ERROR"]


def entry(kind: str, name: str, *, doc: t.Any = None, readme: t.Any = None) -> dict[str, t.Any]:
    return {"content_type": kind, "content_name": name, "doc_strings": doc, "readme_html": readme}


def test_what_the_importer_found_no_documentation_of() -> None:
    contents = [
        entry("module", "reported", doc={"doc": {}}),
        entry("module", "silent"),
        entry("role", "read", readme="<p/>"),
        entry("role", "unread"),
        entry("action", "reported"),
    ]
    assert undocumented({"docs_blob": {"contents": contents}}) == ["module silent", "role unread"]
    assert undocumented({"docs_blob": {"contents": []}}) == ["everything"]


@pytest.mark.parametrize(
    ("version", "releases", "fragments", "released"),
    [
        ("0.1.0", [], ["a.yml"], False),
        ("1.10.0", ["1.9.0", "1.2.0"], ["a.yml"], False),
        ("1.10.0", ["1.9.0", "1.10.0"], [], True),
        ("1.11.0", ["1.10.0"], [], False),
    ],
)
def test_versions_that_go_with_the_changelog(version: str, releases: list[str], fragments: list[str], released: bool) -> None:
    assert judge(version, releases, fragments) is released


@pytest.mark.parametrize(
    ("version", "releases", "fragments", "reported"),
    [
        ("1.0.0", ["1.0.0"], ["new.yml"], "Raise the version"),
        ("1.9.0", ["1.9.0", "1.10.0"], [], "the newest one in the changelog is 1.10.0"),
        ("1.8.0", ["1.9.0", "1.7.0"], ["a.yml"], "but 1.9.0 is released already"),
    ],
)
def test_versions_that_do_not(version: str, releases: list[str], fragments: list[str], reported: str) -> None:
    with pytest.raises(Problem, match=reported):
        judge(version, releases, fragments)


def test_what_a_tarball_lacks() -> None:
    assert missing([*NEEDED, "plugins/modules/aks_audit.py"]) == []
    assert missing([name for name in NEEDED if name != "requirements.txt"]) == ["requirements.txt"]


READMES = [path.relative_to(ROOT).as_posix() for path in shown_by_galaxy(ROOT)]


@pytest.mark.parametrize("readme", READMES)
def test_every_link_of_a_readme_on_galaxy_is_an_address_that_leads_somewhere(readme: str) -> None:
    """Those to the repository are followed in the checkout; others are not asked."""
    where = repository(ROOT)
    text = absolute((ROOT / readme).read_text(encoding="utf-8"), pathlib.PurePath(readme).parent.as_posix(), where)
    assert not re.search(r"<img|<a |\]: ", text), "links of a form that is not made absolute"
    for target in targets(text):
        assert target.startswith(("https://", "mailto:")), target
        if target.startswith(f"{where.address}/") and not target.startswith(f"{where.address}/issues"):
            found = re.fullmatch(
                rf"(blob|tree|raw)/(?:main|{re.escape(where.tag)})/([^#]+)(#.+)?", target.removeprefix(f"{where.address}/")
            )
            assert found, target
            assert (ROOT / found[2]).is_dir() if found[1] == "tree" else (ROOT / found[2]).is_file(), target


def test_links_of_a_readme_lead_to_the_tag(tmp_path: pathlib.Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.svg").touch()
    where = Repository("https://example.com/r", "1.2.3", tmp_path)
    text = "![Picture](docs/a.svg), [folder](docs), [page](docs/a.svg#part), [away](https://example.org/)"
    assert absolute(text, "", where) == (
        "![Picture](https://example.com/r/raw/1.2.3/docs/a.svg), [folder](https://example.com/r/tree/1.2.3/docs), "
        "[page](https://example.com/r/blob/1.2.3/docs/a.svg#part), [away](https://example.org/)"
    )
    assert absolute("[page](../../docs/a.svg)", "roles/x", where) == "[page](https://example.com/r/blob/1.2.3/docs/a.svg)"
    with pytest.raises(Problem, match=r"docs/b\.svg"):
        absolute("[page](docs/b.svg)", "", where)
