# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files without a name: their paths lead to their content, whoever asks for them at the same time."""

from __future__ import annotations

import concurrent.futures
import pathlib
import threading
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube import unnamed_file


def test_threads_that_ask_for_the_same_content_all_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    several, written = threading.Barrier(4), unnamed_file._written

    def slowly(data: bytes) -> t.IO[bytes]:
        several.wait(10)
        return written(data)

    monkeypatch.setattr(unnamed_file, "_written", slowly)
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        paths = list(executor.map(unnamed_file.unnamed_file, [b"the same, at the same time"] * 4))
    assert {pathlib.Path(path).read_bytes() for path in paths} == {b"the same, at the same time"}
