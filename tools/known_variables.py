# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the list of the variables that the collection knows; a run refuses names that are nearly one of them."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.made import ROOT, main
from tools.public_names import roles
from tools.public_names.awx import awx_names
from tools.public_names.fleet import fleet_names

TARGET = ROOT / "plugins" / "module_utils" / "_run" / "known_variables.py"

_TEXT = '''"""The variables of roles and playbooks, the statistics that runs set, and the settings and survey answers of the AWX objects.

Written by C(python -m tools.known_variables).
"""

from __future__ import annotations

KNOWN = frozenset(
    {{
{names}
    }}
)
'''


def names(root: Path) -> list[str]:
    """All that begin with C(aks_dataplane_), sorted."""
    found = {name for role in roles.folders(root) for spec in roles.entry_points(role).values() for name in spec.get("options", {})}
    playbooks, awx = roles.playbook_names(root), awx_names(root)
    for kind in ("variables", "statistics"):
        found |= set(playbooks[kind])
    found |= set(awx["awx_settings"]) | {name.rpartition(".")[2] for name in awx["awx_surveys"]}
    found |= set(fleet_names()["inventory_variables"])
    found |= {name for file in (root / "awx").glob("*.yml") for name in _top_level(file)}
    return sorted(name for name in found if name.startswith(roles.PREFIX))


def _top_level(file: Path) -> list[str]:
    """The keys of a file of variables, which may have tags that only AWX's loader reads."""
    return [line.partition(":")[0] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(roles.PREFIX)]


def text(root: Path) -> str:
    """The file, as it has to be."""
    return _TEXT.format(names="\n".join(f'        "{name}",' for name in names(root)))


if __name__ == "__main__":
    sys.exit(main("tools.known_variables", lambda: {TARGET: text(ROOT)}, __doc__))
