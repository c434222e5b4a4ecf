# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install Python packages with uv, in a tenth of the time of pip, from where this machine's pip would take them.

python -m tools.installer PYTHON ARGUMENT...      what pip install PYTHON's environment would do with the arguments
"""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t

# Settings of pip, as its files and its environment have them, by the variable in which uv takes the same.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
# Of several sections of its files, those that count for pip install; the later one wins.
SECTIONS = ("global", "install", ":env:")


def settings(listed: str) -> dict[str, str]:
    """Environment variables for uv. listed: what pip config list prints, lines of C(SECTION.NAME='VALUE')."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.splitlines():
        key, _equals, value = line.partition("=")
        section, _dot, name = key.rpartition(".")
        if section in found and name in SETTINGS:
            # Several values stand in lines of their own, or with blanks between them; uv separates all by blanks.
            found[section][SETTINGS[name]] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    return {name: value for section in SECTIONS for name, value in found[section].items()}


def environment() -> dict[str, str]:
    """This process's environment with those settings. uv's own settings win.

    Where Python is not to keep what it compiles, as in images of containers, each of the thousands of processes of the tests would compile Ansible
    anew. So packages are compiled when they are installed there, as pip always does.
    """
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # However long a busy machine takes for one file.
    compiled = {"UV_COMPILE_BYTECODE": "1", "UV_COMPILE_BYTECODE_TIMEOUT": "0"} if os.environ.get("PYTHONDONTWRITEBYTECODE") else {}
    return {**settings(listed), "UV_NO_PROGRESS": "1", **compiled, **os.environ}


def install(python: str | os.PathLike[str], *arguments: str) -> None:
    """Arguments as of pip install. Raises subprocess.CalledProcessError; uv has printed why."""
    command: list[t.Any] = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *arguments]
    subprocess.run(command, env=environment(), check=True)


if __name__ == "__main__":
    try:
        install(sys.argv[1], *sys.argv[2:])
    except subprocess.CalledProcessError as exc:
        sys.exit(exc.returncode)
