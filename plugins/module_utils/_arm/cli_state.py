"""Who is signed in with the Azure CLI, from the files that it keeps: to start it for that takes a second. What is not readable is not known."""

from __future__ import annotations

import configparser
import dataclasses
import os
import pathlib
import re
import subprocess
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen, flag_at, objects_at, text_at
from .._common.json_text import NotJson, read_json
from .clouds import KNOWN, Cloud

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PYTHON_WARNING = re.compile(r":\d+: \w*Warning: ")


@dataclasses.dataclass(frozen=True)
class CliSubscription:
    """cloud: the CLI's name of its cloud, V('') where it says none."""

    id: str
    is_default: bool
    cloud: str


def cli_profile(environ: t.Mapping[str, str]) -> pathlib.Path:
    """The file in which the Azure CLI keeps who is signed in, and to which subscription."""
    return _folder(environ) / "azureProfile.json"


def cli_subscriptions(environ: t.Mapping[str, str]) -> tuple[CliSubscription, ...]:
    """Those that the CLI knows; none where its file is absent or is not the CLI's."""
    try:
        # The CLI writes a byte order mark.
        profile = read_json(cli_profile(environ).read_bytes())
        return tuple(
            CliSubscription(text_at(one, "id"), flag_at(one, "isDefault") is True, text_at(one, "environmentName"))
            for one in objects_at(profile, "subscriptions")
        )
    except (OSError, NotJson, Misshapen):
        return ()


def cli_cloud(environ: t.Mapping[str, str]) -> str:
    """The name of the cloud that the CLI is set to; V('') where it does not say."""
    named = environ.get("AZURE_CLOUD_NAME", "").strip()
    if named:
        return named
    parser = configparser.RawConfigParser()
    try:
        parser.read(_folder(environ) / "config", encoding="utf-8-sig")
        return parser.get("cloud", "name", fallback="").strip()
    except (OSError, ValueError, configparser.Error):
        return ""


def other_cloud(environ: t.Mapping[str, str], subscription_id: str, cloud: Cloud) -> str:
    """The name of another cloud that the CLI would get a token of; V('') where it is this one, or where it does not say."""
    known = next((one.cloud for one in cli_subscriptions(environ) if one.id.casefold() == subscription_id.casefold()), "")
    name = cli_cloud(environ) or known
    theirs = KNOWN.get(name.lower())
    return name if theirs is not None and theirs.endpoint != cloud.endpoint.lower() else ""


def cli_failure(exc: BaseException) -> str:
    """What the CLI printed for it, in one line and without the warnings of Python and its own; V('') when the CLI did not fail by itself."""
    if isinstance(exc, subprocess.TimeoutExpired):
        return f"the Azure CLI did not answer within {exc.timeout:.0f} seconds"
    if not isinstance(exc, subprocess.CalledProcessError):
        return ""
    lines = [line for line in _COLOUR.sub("", str(exc.stderr or "")).splitlines() if line.strip()]
    if not lines:
        end = f"was ended by signal {-exc.returncode}" if exc.returncode < 0 else f"ended with status {exc.returncode}"
        return f"the Azure CLI {end} and printed no reason"
    return foreign(" ".join(_relevant(lines)).removeprefix("ERROR: "))


def _relevant(lines: list[str]) -> list[str]:
    """Without what precedes the error, or else without warnings; of a traceback the last line."""
    error = next((place for place, line in enumerate(lines) if line.startswith("ERROR: ")), 0)
    said = [line for place, line in enumerate(lines) if place >= error and not _is_warning(lines, place)] or lines
    traceback = next((place for place, line in enumerate(said) if line.startswith("Traceback (most recent call last)")), None)
    return said if traceback is None else [*said[:traceback], said[-1]]


def _is_warning(lines: list[str], place: int) -> bool:
    """The CLI's own, or one of Python, below which it shows the line of the program."""
    return lines[place].startswith("WARNING: ") or any(
        _PYTHON_WARNING.search(line) for line in (lines[place], *(lines[place - 1 : place] if lines[place].startswith("  ") else ()))
    )


def _folder(environ: t.Mapping[str, str]) -> pathlib.Path:
    return pathlib.Path(os.path.expanduser(environ.get("AZURE_CONFIG_DIR", "").strip() or "~/.azure"))
