"""Questions to an API server as one shell command with kubectl, and its output as answers. Pure.

The output is one line: all answers, compressed. Every value in the command is quoted.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import gzip
import json
import re
import shlex
import typing as t
import zlib

# Bytes. What AKS cuts, less what else may be printed.
OUTPUT_LIMIT = 512 * 1024 - 8192
AT_ONCE = 16
REQUEST_SECONDS = 20
# Ends of the script that are not those of a question.
_LARGE = "large"
_MARK = "aks.dataplane:"

_LINE = re.compile(rf"^{re.escape(_MARK)}([A-Za-z0-9+/=]+)\s*$", re.MULTILINE)
_REFUSAL = re.compile(r"Error from server(?: \((?P<reason>\w+)\))?: (?P<message>.*)", re.DOTALL)
# kubectl says nothing else of the body that a pod itself answers with 503.
_UNAVAILABLE = "the server is currently unable to handle the request"
_STATUSES: t.Mapping[str, int] = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "AlreadyExists": 409,
    "Conflict": 409,
    "Gone": 410,
    "Expired": 410,
    "RequestEntityTooLarge": 413,
    "Invalid": 422,
    "TooManyRequests": 429,
    "InternalError": 500,
    "ServerTimeout": 500,
    "ServiceUnavailable": 503,
    "Timeout": 504,
}


@dataclasses.dataclass(frozen=True)
class PerPod:
    """Questions to each pod with a label. ends: what follows the path of the pod. only: of an end, the beginnings of the lines that are wanted, as
    regular expressions of grep.
    """

    namespace: str
    label: str
    ends: tuple[str, ...]
    only: t.Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class Said:
    """What kubectl printed to one question: body for an answer, else the error. large: the answer is left out, as it does not fit."""

    body: bytes = b""
    error: str = ""
    large: bool = False


class Garbled(ValueError):
    """The output is something else, or was cut."""


def script(targets: t.Iterable[str], pods: PerPod | None, user: str, groups: t.Sequence[str], limit: int = OUTPUT_LIMIT) -> str:
    """A command for sh. targets: paths with queries. user, groups: to act as, V('') for none."""
    kubectl = ["kubectl", f"--request-timeout={REQUEST_SECONDS}s"]
    kubectl += [*([f"--as={user}"] if user else []), *(f"--as-group={group}" for group in groups)]
    call = shlex.join(kubectl)
    asked = "\n".join(f"ask {shlex.quote(target)}" for target in targets)
    return "\n".join(
        (
            "umask 077",
            "d=$(mktemp -d) || exit 70",
            "trap 'rm -rf \"$d\"' EXIT",
            "n=0",
            f'get() {{ {call} get --raw "$1" >"$d/$2.out" 2>"$d/$2.err"; printf %s "$?" >"$d/$2.rc"; printf %s "$1" >"$d/$2.to"; {_filter(pods)}; }}',
            f'ask() {{ n=$((n + 1)); get "$1" "$n" & if [ $((n % {AT_ONCE})) = 0 ]; then wait; fi; }}',
            asked,
            *(_each_pod(call, pods) if pods else ()),
            "wait",
            "size() { wc -c <\"$1\" | tr -d ' '; }",
            'pack() { for to in "$d"/*.to; do b="${to%.to}"; printf "%s %s %s %s\\n" "$(cat "$to")" "$(cat "$b.rc")" "$(size "$b.out")" "$(size "$b.err")"; '
            'cat "$b.out" "$b.err"; done | gzip -9 | base64 | tr -d "\\n" >"$d/all"; }',
            f'while pack; [ "$(size "$d/all")" -gt {limit} ]; do big=$(ls -S "$d"/*.out | head -n 1); [ -s "$big" ] || break; '
            f': >"$big"; printf {_LARGE} >"${{big%.out}}.rc"; done',
            f'printf "%s%s\\n" {shlex.quote(_MARK)} "$(cat "$d/all")"',
        )
    )


def _each_pod(call: str, pods: PerPod) -> tuple[str, ...]:
    space, label = shlex.quote(pods.namespace), shlex.quote(pods.label)
    where = f"/api/v1/namespaces/{pods.namespace}/pods/"
    asks = "; ".join(f'ask {shlex.quote(where)}"${{pod#pod/}}"{shlex.quote(end)}' for end in pods.ends)
    return (f"for pod in $({call} get pods --namespace {space} --selector {label} --output name 2>/dev/null); do {asks}; done",)


def _filter(pods: PerPod | None) -> str:
    """Of a long answer of a pod the lines that matter, after an empty one."""
    cases = [] if pods is None else [(end, "|".join(some)) for end, some in pods.only.items()]
    arms = " ".join(
        f'*{shlex.quote(end)}) {{ echo; grep -E {shlex.quote(f"^({some})")} "$d/$2.out"; }} >"$d/$2.few"; mv "$d/$2.few" "$d/$2.out";;'
        for end, some in cases
    )
    return f'case "$1" in {arms} *) ;; esac'


def read_output(logs: str) -> dict[str, Said]:
    """By target. Garbled for what is no output of the script."""
    found = _LINE.search(logs)
    if found is None:
        raise Garbled("it printed something else, or more than fits")
    try:
        data = gzip.decompress(base64.b64decode(found[1], validate=True))
        return dict(_frames(data))
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError) as exc:
        raise Garbled("its output was changed on the way") from exc


def _frames(data: bytes) -> t.Iterator[tuple[str, Said]]:
    place = 0
    while place < len(data):
        end = data.index(b"\n", place)
        target, ended, out, err = data[place:end].decode().rsplit(" ", 3)
        body_at, error_at = end + 1, end + 1 + int(out)
        place = error_at + int(err)
        if place > len(data):
            raise ValueError
        error = data[error_at:place].decode("utf-8", "replace")
        yield target, Said(data[body_at:error_at]) if ended == "0" else Said(error=error, large=ended == _LARGE)


def refusal(target: str, error: str) -> tuple[int, bytes] | None:
    """Status and body of an answer that says no, from what kubectl says of it; None where there was no answer."""
    if "(Unauthorized)" in error:
        return 401, _status(401, "Unauthorized", "Unauthorized")
    found = _REFUSAL.search(error)
    if found is None:
        return None
    reason, message = found["reason"] or "InternalError", found["message"].strip()
    code = _STATUSES.get(reason, 500)
    if code == 503 and message == _UNAVAILABLE and "/proxy/" in target:
        return code, b""
    return code, _status(code, reason, message)


def _status(code: int, reason: str, message: str) -> bytes:
    return json.dumps(
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code}
    ).encode()
