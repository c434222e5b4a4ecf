# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._files.json_file import read_json_object


def test_an_object_is_read(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "some.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')
    assert read_json_object(str(file), "config_file") == {"a": "\u00e9"}


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b'{"a": 1,\n  "b" 2}', "Expecting ':' delimiter at line 2, column 7"),
        (b'\n  ["a"]', "holds an array at line 2, column 3, but must hold an object"),
        (b"null", "holds null at line 1, column 1"),
        (b"true", "holds a boolean at line 1, column 1"),
        (b"12", "holds a number at line 1, column 1"),
        (b'"text"', "holds a string at line 1, column 1"),
        (b'{"a": "\xff"}', "is not text in UTF-8 (byte 7)"),
    ],
)
def test_an_error_names_the_file_and_the_place(tmp_path: pathlib.Path, content: bytes, reported: str) -> None:
    file = tmp_path / "some.json"
    file.write_bytes(content)
    with pytest.raises(DataplaneError) as caught:
        read_json_object(str(file), "config_file")
    assert caught.value.message.startswith(f"config_file: {file} ")
    assert reported in caught.value.message
    assert caught.value.remedy


def test_a_file_that_cannot_be_read(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataplaneError, match=r"nowhere\.json cannot be read: No such file or directory"):
        read_json_object(str(tmp_path / "nowhere.json"), "config_file")
    with pytest.raises(DataplaneError, match="cannot be read: Is a directory"):
        read_json_object(str(tmp_path), "config_file")


def test_a_file_without_an_end() -> None:
    with pytest.raises(DataplaneError, match="config_file: /dev/zero is longer than"):
        read_json_object("/dev/zero", "config_file")


@pytest.mark.parametrize("path", ["a\0b", "\ud800.json"])
def test_a_path_that_no_file_can_have(path: str) -> None:
    with pytest.raises(DataplaneError, match=r"config_file: .* is no path that a file can have") as caught:
        read_json_object(path, "config_file")
    caught.value.text.encode()
