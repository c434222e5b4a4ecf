# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in the documentation and the picture of its first screen: python -m tools.pages.report makes both of docs/reports/switch.json.

The picture needs a headless Chromium: tools/setup.sh browser. A real run left the record: tests/demo/report.py makes another one.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

from ansible_collections.aks.dataplane.plugins.module_utils._report.html import run_in_html
from ansible_collections.aks.dataplane.plugins.module_utils._report.page import run_page

from tools import made
from tools.browser import browser

RECORD = made.ROOT / "docs" / "reports" / "switch.json"
PAGE = RECORD.with_suffix(".html")
PICTURE = made.ROOT / "docs" / "pictures" / "report.png"
# In pixels.
WIDTH, HEIGHT = 960, 650
# In the picture, the SHA-256 of the page that it shows: what Chromium draws is not the same on each machine.
_KEYWORD = b"Source"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def page() -> str:
    """What the collection writes about the record, which would be below C(aks_dataplane_record_dir: runs)."""
    content = RECORD.read_bytes()
    record = json.loads(content)
    path = f"runs/{record['resource_group']}.{record['cluster']}/{record['run_id']}.json"
    return run_in_html(run_page(record, path, hashlib.sha256(content).hexdigest()))


def shown(text: str) -> bytes:
    """What a picture of this page has in it."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest().encode()


def stale() -> list[str]:
    """Paths below the root of the page and the picture, where one of both is not of the page as it is made now."""
    text = page()
    current = PICTURE.is_file() and _chunk(_KEYWORD + b"\0" + shown(text)) in PICTURE.read_bytes()
    return made.different({PAGE: text}) + ([] if current else [PICTURE.relative_to(made.ROOT).as_posix()])


def take() -> bytes:
    """A PNG of the first screen of the page. Raises NotAvailable or CalledProcessError without a browser that works."""
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-picture-") as folder:
        work = pathlib.Path(folder)
        program = browser(work)
        target = work / "report.png"
        # As root, in containers, Chromium has no sandbox of its own.
        settings = ("--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target}")
        subprocess.run([program.path, *settings, PAGE.as_uri()], env=program.environment, check=True, capture_output=True, timeout=120)
        image = target.read_bytes()
    head = len(_SIGNATURE) + 25
    return image[:head] + _chunk(_KEYWORD + b"\0" + shown(page())) + image[head:]


def _chunk(text: bytes) -> bytes:
    """Of a PNG, with text, which stands behind its first chunk."""
    return struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))


def main() -> int:
    status = made.main("tools.pages.report", lambda: {PAGE: page()}, __doc__)
    if "--check" in sys.argv[1:]:
        return int(bool(stale()))
    if stale():
        PICTURE.write_bytes(take())
    return status


if __name__ == "__main__":
    sys.exit(main())
