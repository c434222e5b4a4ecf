# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of a probe that was killed together with its run."""

from __future__ import annotations

import os
import pathlib
import time

from ansible_collections.aks.dataplane.plugins.module_utils._prober.abandoned import remove_abandoned


def test_only_files_of_probes_that_nobody_writes_any_more_are_removed(tmp_path: pathlib.Path) -> None:
    for name, seconds in (("dead.probe", 3600), ("alive.probe", 1), ("dead.json", 3600)):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, (time.time() - seconds,) * 2)
    remove_abandoned(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alive.probe", "dead.json"]
    remove_abandoned(str(tmp_path / "none"))
