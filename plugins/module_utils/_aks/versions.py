"""Kubernetes versions as numbers that can be compared."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

# A number of thousands of digits is none of a version, and none to Python.
_VERSION = re.compile(r"\s*v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-+].*)?\s*", re.DOTALL)


def kubernetes_version(text: str | None) -> Version | None:
    """The version in C(1.33), C(1.33.2), C(v1.33.2) or C(v1.33.2-hotfix.1); none when the text is not one."""
    match = _VERSION.fullmatch(text or "")
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)
