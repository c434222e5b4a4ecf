# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for kubectl in the pod of AKS's run command: C(get --raw PATH), and C(get pods) by label as names; its words for refusals are kubectl's."""

from __future__ import annotations

import os
import socket
import ssl
import sys

# What it says of answers that are no objects of Kubernetes.
_GENERIC = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    403: ("Forbidden", "the server does not allow access to the requested resource"),
    404: ("NotFound", "the server could not find the requested resource"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"),
}


def main(words: list[str]) -> int:
    """It is started for every question, and so imports little."""
    options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--") and "=" in word)
    groups = [word.removeprefix("--as-group=") for word in words if word.startswith("--as-group=")]
    rest = [word for word in words if not (word.startswith("--") and "=" in word)]
    if rest[:2] == ["get", "--raw"] and len(rest) == 3:
        path = rest[2]
    elif rest[:3] == ["get", "pods", "--namespace"] and rest[4::2] == ["--selector", "--output"] and rest[-1] == "name":
        path = f"/api/v1/namespaces/{rest[3]}/pods?labelSelector={rest[5].replace('=', '%3D')}"
    else:
        print(f"error: unknown command {rest}", file=sys.stderr)
        return 1
    fields = [f"Authorization: Bearer {os.environ['KUBECTL_TOKEN']}"]
    fields += [f"Impersonate-User: {options['as']}"] if "as" in options else []
    fields += [f"Impersonate-Group: {group}" for group in groups]
    try:
        status, body = ask(path, fields, float(options.get("request-timeout", "0s").removesuffix("s")) or None)
    except (OSError, ValueError) as exc:
        print(f"Unable to connect to the server: {exc}", file=sys.stderr)
        return 1
    if status != 200:
        print(refusal(status, body), file=sys.stderr)
        return 1
    if path == rest[-1]:
        sys.stdout.buffer.write(body)
    else:
        import json

        print("\n".join(f"pod/{pod['metadata']['name']}" for pod in json.loads(body)["items"]))
    return 0


def ask(path: str, fields: list[str], seconds: float | None) -> tuple[int, bytes]:
    """Status and body. OSError, ValueError."""
    place, _slash, prefix = os.environ["KUBECTL_SERVER"].removeprefix("https://").partition("/")
    host, _colon, port = place.partition(":")
    context = ssl.create_default_context(cadata=os.environ["KUBECTL_AUTHORITY"])
    with socket.create_connection((host, int(port)), seconds) as plain, context.wrap_socket(plain, server_hostname=host) as connection:
        head = "\r\n".join([f"GET /{prefix}{path} HTTP/1.0", f"Host: {place}", *fields])
        connection.sendall(f"{head}\r\n\r\n".encode())
        data = bytearray()
        while piece := connection.recv(65536):
            data += piece
    answer, _end, body = bytes(data).partition(b"\r\n\r\n")
    return int(answer.split(maxsplit=2)[1]), body


def refusal(code: int, body: bytes) -> str:
    """What kubectl says of it."""
    import json

    if code == 401:
        return "error: You must be logged in to the server (Unauthorized)"
    try:
        status = json.loads(body)
    except ValueError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        return f"Error from server ({status.get('reason') or 'InternalError'}): {status.get('message')}"
    if code in _GENERIC:
        reason, message = _GENERIC[code]
        return f"Error from server ({reason}): {message}"
    return f"Error from server (InternalError): an error on the server ({body.decode(errors='replace')!r}) has prevented the request from succeeding"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
