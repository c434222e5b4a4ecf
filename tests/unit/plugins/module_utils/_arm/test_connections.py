# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import ssl

import pytest
import requests
import urllib3.exceptions
from ansible_collections.aks.dataplane.plugins.module_utils._arm.connections import is_connection_failure, no_answer
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import TRANSIENT_CODES
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError

HOST = "management.azure.com:443"
SIGNED = "/operations/x?t=1&s=SIGNATURE"


def wrapped(inner: Exception) -> ServiceRequestError:
    """As requests and azure-core wrap what the socket says."""
    retried = urllib3.exceptions.MaxRetryError(None, SIGNED, inner)  # type: ignore[arg-type]
    failed = requests.ConnectionError(retried)
    return ServiceRequestError(failed, error=failed)


def new_connection(text: str) -> urllib3.exceptions.NewConnectionError:
    return urllib3.exceptions.NewConnectionError(None, text)  # type: ignore[arg-type]


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("exc", "code", "word"),
    [
        (wrapped(caused(new_connection("x"), ConnectionRefusedError(111, "refused"))), "HostUnreachable", "firewall"),
        (wrapped(caused(new_connection("x"), socket.gaierror(-2, "unknown"))), "NameNotResolved", "cloud_environment"),
        (wrapped(urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("bad"))), "TlsFailure", "REQUESTS_CA_BUNDLE"),
        (wrapped(urllib3.exceptions.ProxyError("p", OSError("403"))), "ProxyFailure", "HTTPS_PROXY"),
        (wrapped(urllib3.exceptions.ConnectTimeoutError("slow")), "Timeout", "firewall"),
        (ServiceResponseError("x", error=requests.exceptions.ReadTimeout("slow")), "Timeout", "run again"),
        (ServiceResponseError("x", error=ConnectionResetError(104, "reset")), "NoAnswer", "network"),
        (ServiceResponseError("something else"), "NoAnswer", "network"),
    ],
)
def test_cause(exc: Exception, code: str, word: str) -> None:
    error = no_answer(exc, HOST, "GET /subscriptions")
    assert error.code == code
    assert word in error.remedy
    assert HOST in error.message
    assert "SIGNATURE" not in error.text
    assert (code in TRANSIENT_CODES) == (code not in ("TlsFailure", "ProxyFailure"))


def test_connection_failure_behind_a_refused_sign_in() -> None:
    assert is_connection_failure(caused(ClientAuthenticationError("x"), wrapped(ConnectionRefusedError(111, "refused"))))
    assert is_connection_failure(caused(ClientAuthenticationError("x"), ConnectionResetError(104, "reset")))
    assert not is_connection_failure(ClientAuthenticationError("AADSTS7000215: Invalid client secret"))


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_connection_failure(one)
