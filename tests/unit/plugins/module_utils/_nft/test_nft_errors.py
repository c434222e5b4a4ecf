# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nft 1.0.6 says, as it said it, shown in terms of the declaration."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.nft_errors import explain_refusal, parse_complaints
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import from_tables

CONTENT = """table inet t {
 chain c {
  iif nosuch0 accept
 }
}
"""
PICTURE = "  iif nosuch0 accept\n      ^^^^^^^\n"


def said(line: int, text: str, picture: str = PICTURE, columns: str = "7-13") -> str:
    return f"/dev/stdin:{line}:{columns}: Error: {text}\n{picture}"


def test_line_and_caret() -> None:
    error = explain_refusal(said(3, "syntax error, unexpected string"), from_content(CONTENT, "src files/x.nft"))
    assert error.message == "src files/x.nft line 3: syntax error, unexpected string.\niif nosuch0 accept\n    ^^^^^^^"
    assert error.remedy == "Nothing was changed."
    assert error.code == "InvalidDeclaration"


def test_every_error_is_in_the_details() -> None:
    stderr = said(3, "Interface does not exist") + said(4, "syntax error, unexpected '}'", " }\n ^\n", "2-2")
    error = explain_refusal(stderr, from_content(CONTENT))
    assert error.code == "UnknownInterface"
    assert error.details["problems"] == [
        {"place": "content line 3", "message": "Interface does not exist", "picture": "\niif nosuch0 accept\n    ^^^^^^^"},
        {"place": "content line 4", "message": "syntax error, unexpected '}'", "picture": "\n}\n^"},
    ]


def test_path_of_data_and_lines_in_front() -> None:
    declaration = from_tables([{"family": "inet", "name": "t", "chains": [{"name": "c", "rules": ["accept", "iif nosuch0 accept"]}]}])
    line = declaration.text.split("\n").index("        iif nosuch0 accept") + 1
    error = explain_refusal(
        said(line + 5, "Interface does not exist", "        iif nosuch0 accept\n            ^^^^^^^\n", "13-19"), declaration, skipped=5
    )
    assert error.message.startswith("tables[0].chains[0].rules[1]: this node has no interface nosuch0.\niif nosuch0 accept\n")
    assert "iifname" in error.remedy


@pytest.mark.parametrize(
    ("text", "code", "reported"),
    [
        ("Interface does not exist", "UnknownInterface", "no interface nosuch0"),
        ("User does not exist", "UnknownUser", "no user nosuch0"),
        ("Group does not exist", "UnknownGroup", "no group nosuch0"),
        ("unknown datatype nosuch0", "UnknownType", "no type nosuch0"),
        ("Could not resolve hostname: Name or service not known", "UnknownAddress", "nosuch0 is no address"),
        ("Could not resolve service: Servname not supported for ai_socktype", "UnknownService", "no service nosuch0"),
        ("unknown identifier 'nosuch0'", "UnknownVariable", "nosuch0 is not defined"),
        ("Could not process rule: No such file or directory", "NotFound", "nosuch0"),
        ("Could not process rule: Operation not supported", "NotSupported", "nosuch0"),
        ("Could not process rule: Device or resource busy", "InvalidDeclaration", "Device or resource busy"),
    ],
)
def test_what_is_known_has_a_sentence_of_its_own(text: str, code: str, reported: str) -> None:
    error = explain_refusal(said(3, text), from_content(CONTENT))
    assert error.code == code
    assert error.message.startswith("content line 3: ")
    assert reported in error.message
    assert error.remedy.endswith("Nothing was changed.")


def test_without_a_place() -> None:
    error = explain_refusal("netlink: Error: cache initialization failed: Operation not permitted\n", from_content(CONTENT))
    assert error.message == "nft does not take the declaration: netlink: Error: cache initialization failed: Operation not permitted"
    assert parse_complaints("") == []


def test_without_a_picture() -> None:
    (found,) = parse_complaints("/dev/stdin:1:1-2: Error: something\nanother line\n")
    assert (found.source, found.carets) == ("", "")
    assert explain_refusal("/dev/stdin:1:1-2: Error: something", from_content(CONTENT)).message == "content line 1: something."
