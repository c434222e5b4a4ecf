# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: the repository's root is importable, whichever way pytest imports test files; no property test fails for being slow.

Those that other versions of ansible-core run are marked.
"""

from __future__ import annotations

import pathlib
import sys

import hypothesis
import pytest

ROOT = str(pathlib.Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

# A busy machine is no finding. The same cases each time: what fails is what was changed.
PATIENT = hypothesis.settings(deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("patient", PATIENT)
# Cases that nobody has tried yet: pytest --hypothesis-profile wide tests/unit
hypothesis.settings.register_profile("wide", PATIENT, derandomize=False, max_examples=2000)
# For runs after the first, with other versions of what the code stands on: properties of our own code are known to hold by then.
hypothesis.settings.register_profile("brief", PATIENT, max_examples=10)
hypothesis.settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    from tests.support.matrix import is_chosen

    for item in items:
        if is_chosen(item.nodeid):
            item.add_marker("matrix")


@pytest.fixture(autouse=True)
def no_shared_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test begins as a process does. One that has loaded an action plugin of the collection has opened what its forks share."""
    from ansible_collections.aks.dataplane.plugins.module_utils._arm import shared_answers

    monkeypatch.setattr(shared_answers._Run, "answers", None)
