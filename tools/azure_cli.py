# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure CLI that requirements/azure-cli.txt names, in an environment of its own outside the tree (tools/caches.py): 370 MB, made once.

What of it is run is compiled as it is run, and nothing else.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tools import caches, installer

REQUIREMENTS = Path(__file__).parent.parent / "requirements" / "azure-cli.txt"


def python() -> Path:
    """Of the environment, which is made where there is none: C(PYTHON -m azure.cli) is the program. subprocess.CalledProcessError."""
    made_from = REQUIREMENTS.read_text(encoding="utf-8") + sys.version
    entry = caches.folder("azure-cli") / hashlib.sha256(made_from.encode()).hexdigest()[:16]
    interpreter, ready = entry / "bin" / "python", entry / ".ready"
    with caches.locked(entry):
        if not ready.exists():
            command = [sys.executable, "-m", "uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(entry)]
            subprocess.run(command, env=installer.environment(), check=True)
            installer.install(interpreter, "-r", str(REQUIREMENTS))
            ready.touch()
    return interpreter
