# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is reported of the tables of a node."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.findings import findings

OURS = {"family": "inet", "name": "ours"}
CHANGE = {"path": "inet ours chain input rule"}


def before(drift: bool | None = False, **more: t.Any) -> list[dict[str, t.Any]]:
    return [{**OURS, "declared": "0" * 24, "drift": drift, **more}]


@pytest.mark.parametrize(
    ("method", "known", "present", "text"),
    [
        ("none", before(), True, "inet ours is as declared"),
        ("stamp", before(), True, "inet ours is as declared"),
        ("create", [], True, "inet ours was made"),
        # It is to come back at boot, so it was there.
        ("create", before(None, declared=None), True, "inet ours had drifted, and is as declared again (2 differences)"),
        ("delta", before(), True, "inet ours was changed to the declaration (2 differences)"),
        ("delta", before(True), True, "inet ours had drifted, and is as declared again (2 differences)"),
        # It is unknown who it was.
        ("replace", before(None), True, "inet ours was changed to the declaration (2 differences)"),
        ("delete", before(), False, "inet ours was removed"),
        ("none", [], False, "inet ours does not exist, as declared"),
    ],
)
def test_texts(method: str, known: list[dict[str, t.Any]], present: bool, text: str) -> None:
    result = {"tables": [{**OURS, "method": method}], "plan": [CHANGE, CHANGE, {"path": "inet ours2 table"}]}
    (found,) = findings(result, known, present)
    assert found.text(False) == text


def test_check_mode_and_number() -> None:
    result = {"tables": [{**OURS, "method": "delta"}], "plan": [CHANGE]}
    (found,) = findings(result, before(), True)
    assert found.text(True) == "inet ours would be changed to the declaration (1 difference)"
    result["plan"].append({"path": "inet ours chain input rule", "more": 40})
    (found,) = findings(result, before(), True)
    assert found.changes == 41


def test_of_an_earlier_declaration() -> None:
    result: dict[str, t.Any] = {"tables": [], "plan": []}
    (found,) = findings(result, before(True), True)
    assert (found.verdict, found.text(False)) == (
        "undeclared",
        "inet ours is of an earlier declaration, and has drifted since",
    )
