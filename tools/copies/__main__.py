# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the texts of texts.yml to wherever they are marked; with --check, list the files that differ instead, and fail if there is one."""

from __future__ import annotations

import sys

from tools.copies.fill import ROOT, SOURCE, fill, read_texts, targets


def main(check: bool) -> int:
    """The exit code: 1 when C(check) is set and a file differs, else 0."""
    texts = read_texts(SOURCE.read_text(encoding="utf-8"))
    filled = {path: fill(path.read_text(encoding="utf-8"), texts) for path in targets()}
    different = [path for path, text in filled.items() if path.read_text(encoding="utf-8") != text]
    for path in different:
        print(path.relative_to(ROOT), "differs: run python -m tools.copies" if check else "written")
        if not check:
            path.write_text(filled[path], encoding="utf-8")
    return int(check and bool(different))


if __name__ == "__main__":
    sys.exit(main(check=sys.argv[1:] == ["--check"]))
