# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be declared, and what it is split into."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_checks import mentions
from ansible_collections.aks.dataplane.plugins.module_utils._nft.places import place_of
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import from_tables

TWO = """# web servers
define ports = { 80,
    443 }  # both
define all = { $ports, 22 }
define other = 7
table inet a {
    comment "a { table"
    define own = 10.0.0.1
    set s { type ipv4_addr; elements = { $own } }
    chain input {
        type filter hook input priority filter; policy drop; comment "c";
        tcp dport $all accept # }
        ip saddr \\
            $own accept
    }
    chain input { counter; }
    chain empty { }
}
table b { chain c { accept; }; }
"""


def test_content() -> None:
    declaration = from_content(TWO, "src files/x.nft")
    first, second = declaration.tables
    assert declaration.text == TWO
    assert declaration.origin == "src files/x.nft"
    assert declaration.preamble == "define ports = { 80, 443 }\ndefine all = { $ports, 22 }\ndefine other = 7\ndefine own = 10.0.0.1\n"
    assert (first.family, first.name, first.line) == ("inet", "a", 6)
    assert first.text == TWO[TWO.index("table inet a") : TWO.index("\ntable b")]
    assert first.preamble == "define ports = { 80, 443 }\ndefine all = { $ports, 22 }\ndefine own = 10.0.0.1\n"
    assert first.chains == {"input": ("tcp dport $all accept", "ip saddr $own accept", "counter"), "empty": ()}
    assert (second.family, second.name, second.preamble, second.chains) == ("ip", "b", "", {"c": ("accept",)})
    assert second.text == "table b { chain c { accept; }; }"


def test_digest_is_of_the_table_and_what_it_uses() -> None:
    first, second = from_content(TWO).tables
    changed = from_content(TWO.replace("other = 7", "other = 8").replace("# web", "# mail").replace("443", "8443")).tables
    assert first.digest != changed[0].digest
    assert second.digest == changed[1].digest
    assert len(first.digest) == 24


@pytest.mark.parametrize("text", ["table inet x", "table inet x;\n", "table inet x {}", "table inet x {\n}\n"])
def test_a_table_without_anything(text: str) -> None:
    (table,) = from_content(text).tables
    assert (table.family, table.name, table.chains) == ("inet", "x", {})
    assert from_content(table.text).tables[0].name == "x"


def test_line_ends_of_other_systems() -> None:
    assert from_content("table x {\r\n}\r\n").text == "table x {\n}\n"
    assert from_content("table x { }").text == "table x { }\n"


def test_mentions() -> None:
    declaration = from_content('table x { chain c { iif lo accept comment "oif"; }; } # sdif')
    assert mentions(declaration, "iif")
    assert not mentions(declaration, "oif", "sdif", "lo accept x")


@pytest.mark.parametrize(
    ("text", "line", "reported"),
    [
        ("", 1, "no table"),
        ("define x = 1\n", 1, "no table"),
        ("table x { }\nflush ruleset", 2, "flush ruleset"),
        ("table x { }; flush ruleset", 1, "flush ruleset"),
        ("table x { } flush ruleset", 1, "flush ruleset"),
        ("add table ip x", 1, "add table ip x"),
        ("flush ruleset\ntable x { }", 1, "remove it: the module replaces only its tables in one transaction"),
        ("table inet fw\ndelete table inet fw\ntable inet fw { }", 2, "remove it, with an empty table line before it"),
        ("table inet fw\ntable inet fw { }", 2, "declared in line 1 already; remove the line that only names it"),
        ("destroy table inet fw\ntable inet fw { }", 1, "remove it"),
        ("flush table inet fw\ntable inet fw { }", 1, "remove it"),
        ("table inet fw { }\nadd rule inet fw input accept", 2, "put the rule into the chain"),
        ("table inet fw { }\nadd element inet fw s { 10.0.0.1 }", 2, "put the elements into the set"),
        ("add chain inet fw input { }", 1, "put it into the block of its table"),
        ("table inet fw { }\nflush set inet fw banned", 2, "remove it: elements that packets or programs have added stay"),
        ("table inet fw { }\nflush chain inet fw c", 2, "remove it: undeclared content is removed"),
        ("delete table ip kube-proxy", 1, "delete table"),
        ("list ruleset", 1, "list ruleset"),
        ("reset rules", 1, "reset"),
        ("import vm json", 1, "import"),
        ('include "/etc/x"', 1, "include would load"),
        ('table x {\n include "/etc/x"\n}', 2, "include would load"),
        ('table x {\n chain c {\n  include "/etc/x"\n }\n}', 3, "include would load"),
        ('table x {\n set s { type ipv4_addr; include "/etc/x"; }\n}', 2, "include would load"),
        ('table x {\n chain c {\n  jump { \\\n include "/etc/x"; }\n }\n}', 4, "include would load"),
        ("define x = 1\ndefine x = 2\ntable x { }", 2, "defined in line 1 already"),
        ("table x {\n define a = 1\n chain c { define a = 2; }\n}", 3, "defined in line 2 already"),
        ("define x = 1\nredefine x = 2\ntable x { }", 2, "keeps its value"),
        ("define x = 1\nundefine x\ntable x { }", 2, "keeps its value"),
        ("table x { set s { define y = 1; type ipv4_addr; } }", 1, "a separate statement"),
        ("define x\ntable x { }", 1, "no definition"),
        ("define x = { 1 } table ip kube-proxy { }; table x { }\n}", 2, "closes nothing"),
        ("table x { chain c { }\n}\n}\ntable y {", 3, "closes nothing"),
        ("table x {\n chain c {\n", 2, "not closed"),
        ("table x { }\ntable ip x { }", 2, "declared in line 1 already"),
        ("table ../x { }", 1, "no table block"),
        ("table inet a/b { }", 1, "no table block"),
        ("table inet a b { }", 1, "no table block"),
        ("table inet { }", 1, "no table block"),
        ('table inet "x" { }', 1, "no table block"),
        ("table $x { }", 1, "no table block"),
        ("{ }", 1, "no table block"),
        ("table x\n{\n}", 2, "no table block"),
        ("table x { chain { } }", 1, "no chain"),
        ("table x { chain aks-dataplane-stamp { } }", 1, "no chain"),
        ("table x { }\0", 1, "x00"),
        ("table x { chain c { accept;\r } }", 1, "\\r"),
        ('table x { chain c { accept comment "a\nb"; } }', 1, "quoted text"),
        ("table y { }\n\ufefftable x { }", 2, "no table block"),
        ("t\u0430ble x { }", 1, "no table block"),
        (f"table {'x' * 201} {{ }}", 1, "no table block"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_refused(text: str, line: int, reported: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        from_content(text)
    assert caught.value.code == "InvalidDeclaration"
    assert caught.value.message.startswith(f"content line {line}: ")
    assert reported in caught.value.message
    assert caught.value.details == {"line": line}


def test_lines_of_data_have_paths() -> None:
    tables = [
        {"family": "inet", "name": "a", "sets": [{"name": "s", "type": "ipv4_addr", "elements": ["10.0.0.1", "10.0.0.2"]}]},
        {"family": "ip", "name": "b", "chains": [{"name": "c", "rules": []}, {"name": "d", "rules": ["accept", "drop"]}]},
    ]
    declaration = from_tables(tables)
    lines = declaration.text.split("\n")
    found = {line.strip(): place_of(declaration, number) for number, line in enumerate(lines, 1)}
    assert found["10.0.0.2,"] == "tables[0].sets[0].elements[1]"
    assert found["set s {"] == "tables[0].sets[0]"
    assert found["table ip b {"] == "tables[1]"
    assert found["chain c {"] == "tables[1].chains[0]"
    assert (found["accept"], found["drop"]) == ("tables[1].chains[1].rules[0]", "tables[1].chains[1].rules[1]")
    assert declaration.origin == "tables"
    assert declaration.tables[1].chains == {"c": (), "d": ("accept", "drop")}
    assert place_of(from_content("table x"), 7) == "content line 7"


def test_what_data_cannot_define_is_shown_by_its_path() -> None:
    with pytest.raises(DataplaneError) as caught:
        from_tables([{"family": "ip", "name": "b", "chains": [{"name": "c", "rules": ["accept", 'jump { include "x"; }']}]}])
    assert caught.value.message.startswith("tables[0].chains[0].rules[1]: include would load")
