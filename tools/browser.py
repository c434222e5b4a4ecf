# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium from Debian packages that are unpacked into the cache, with fonts of its own: pages look the same on each machine.

python -m tools.browser fetches it, 300 MB.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
from pathlib import Path

from .aside.debian_packages import NotAvailable, Packages

PROGRAM = Packages("chromium", ("chromium-headless-shell",))
FONTS = Packages("fonts", ("fonts-dejavu-core",), whole=True)

_FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclasses.dataclass(frozen=True)
class Browser:
    """path: of the program. environment: with which it starts."""

    path: Path
    environment: dict[str, str]


def browser(work: Path) -> Browser:
    """Fetched where it is missing; NotAvailable. work: a folder for its settings."""
    root, fonts = PROGRAM.fetch(), FONTS.fetch()
    libraries = root / "usr" / "lib" / f"{platform.machine()}-linux-gnu"
    settings = work / "fonts.conf"
    settings.write_text(_FONT_SETTINGS.format(fonts=fonts / "usr" / "share" / "fonts", cache=work / "fonts"), encoding="utf-8")
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{libraries}:{libraries / 'pulseaudio'}", "FONTCONFIG_FILE": str(settings)}
    return Browser(root / "usr" / "lib" / "chromium" / "chromium-headless-shell", environment)


if __name__ == "__main__":
    try:
        for packages in (PROGRAM, FONTS):
            packages.fetch()
    except NotAvailable as reason:
        sys.exit(f"no Chromium: {reason}")
