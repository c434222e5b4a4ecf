"""Who else may write what this machine goes by."""

from __future__ import annotations

import os
import pwd
import stat


def foreign_folder(path: str, *, others_within: bool = False) -> str:
    """Why a folder is not ours alone, as the end of a sentence about it; empty when it is ours or not there. OSError when it cannot be looked at.

    others_within: everybody may have separate folders in it, as in C(/tmp).
    """
    try:
        seen = [os.lstat(path), os.stat(path)]
    except FileNotFoundError:
        return ""
    owner = next((status.st_uid for status in seen if is_foreign(status)), None)
    if owner is not None:
        return f"it belongs to {_user(owner)}, and Ansible is run by {_user(os.geteuid())}"
    mode = seen[-1].st_mode
    if mode & stat.S_IWOTH and not (others_within and mode & stat.S_ISVTX):
        return f"every user may write to it (mode {stat.S_IMODE(mode):04o})"
    return ""


def is_foreign(status: os.stat_result) -> bool:
    """Whether it belongs to another user; root is none, who may do everything anyway."""
    return status.st_uid not in (0, os.geteuid())


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return f"user {uid}"
