# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the repository that are made from others: their programs write them, or with --check name those that differ."""

from __future__ import annotations

import argparse
import pathlib
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[1]

Files = t.Mapping[pathlib.Path, str]


def different(files: Files) -> list[str]:
    """Paths below the root of those that are missing, or are not what is made now."""
    return [
        path.relative_to(ROOT).as_posix() for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(command: str, files: t.Callable[[], Files], description: str | None = None) -> int:
    """Of the program C(python -m command): the exit code, 1 with --check where a file differs, else 0."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing, and end with 1 where a file is not what is made")
    check = parser.parse_args().check
    made = files()
    found = different(made)
    for name in found:
        print(name, f"differs: run python -m {command}" if check else "written")
        if not check:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(made[ROOT / name], encoding="utf-8")
    return int(check and bool(found))


def between(text: str, begin: str, end: str, lines: t.Iterable[str]) -> str:
    """The page with these lines between two comments of it; raises ValueError where one of both is missing."""
    before, found, rest = text.partition(begin)
    _made, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"The page has not both of the lines {begin!r} and {end!r}.")
    return "".join([before, begin, "\n", *(f"{line}\n" for line in lines), "\n", end, after])
