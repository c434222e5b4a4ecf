# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments as Ansible checks them, without a module."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec


def refusals(spec: ArgumentSpec, params: t.Mapping[str, t.Any]) -> list[str]:
    """Why Ansible does not take the parameters."""
    kwargs = spec.to_kwargs()
    return ArgumentSpecValidator(kwargs.pop("argument_spec"), **kwargs).validate(dict(params)).error_messages


def accepted(spec: ArgumentSpec, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The parameters as a module gets them, with defaults and types."""
    kwargs = spec.to_kwargs()
    result = ArgumentSpecValidator(kwargs.pop("argument_spec"), **kwargs).validate(dict(params))
    assert result.error_messages == []
    return result.validated_parameters
