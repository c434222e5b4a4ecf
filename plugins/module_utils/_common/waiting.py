"""The options of modules that wait."""

from __future__ import annotations

from .argspec import ArgumentSpec
from .errors import DataplaneError


def wait_arguments(timeout: int) -> ArgumentSpec:
    """C(wait), C(wait_timeout), C(poll_interval) and the hidden C(wait_step) of the action plugin. timeout: the default of C(wait_timeout), seconds."""
    return ArgumentSpec(
        options={
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": timeout},
            "poll_interval": {"type": "int", "default": 10},
            # As text, because each value inside a hidden dictionary would be masked in the result too.
            "wait_step": {"type": "str", "no_log": True},
        }
    )


def check_wait_arguments(params: dict) -> None:
    """DataplaneError for times that make no sense. params: with the options of C(wait_arguments)."""
    for name in ("wait_timeout", "poll_interval"):
        if params[name] < 1:
            raise DataplaneError(f"{name} is {params[name]}, but must be a positive number of seconds.")
