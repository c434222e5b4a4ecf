# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error bodies in the two shapes that Azure has, and the one of Kubernetes."""

from __future__ import annotations

import typing as t

from aiohttp import web


class ApiError(Exception):
    """An answer other than success. C(body) is the JSON body as the service sends it, or a text."""

    def __init__(self, status: int, body: t.Mapping[str, t.Any] | str, headers: t.Mapping[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=self.status, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


def gateway(status: int, code: str, message: str, headers: t.Mapping[str, str] | None = None) -> ApiError:
    """An error of Azure Resource Manager itself: wrapped in C(error)."""
    return ApiError(status, {"error": {"code": code, "message": message}}, headers)


def aks(status: int, code: str, message: str, *, subcode: str = "", target: str = "", details: t.Any = None) -> ApiError:
    """An error of the AKS resource provider: bare."""
    return ApiError(status, {"code": code, "details": details, "message": message, "subcode": subcode, "target": target})


def kubernetes(status: int, reason: str, message: str, details: t.Mapping[str, t.Any] | None = None) -> ApiError:
    """A Kubernetes Status object. details: left out when not given; what is empty in them is left out."""
    body: dict[str, t.Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        **({"details": {key: value for key, value in details.items() if value}} if details is not None else {}),
        "code": status,
    }
    return ApiError(status, body)
