"""What Azure says when it refuses something, as one exception with a next step.

AKS's own errors are bare objects, C({code, message, subcode, target, details}); those of ARM's gateway are wrapped, C({error: {...}}).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import masked
from .remedies import find_remedy
from .retry_after import retry_after_seconds

CORRELATION_HEADERS = ("x-ms-correlation-request-id", "x-ms-request-id")

# How AKS wraps what its checks find, before anything is done.
_WRAPPED = re.compile(r"Preflight validation check for resource\(s\).*? failed\.\s+Message:\s*(.*)", re.IGNORECASE | re.DOTALL)
_NO_DETAILS = re.compile(r"\.*\s*Details:\s*$")
# Nodes that are not labelled yet count as affected.
_NOT_LABELLED = re.compile(r"user-installed iptables rules found.*try again", re.IGNORECASE | re.DOTALL)
_IN_PROGRESS = re.compile(r"in progress|aks-pending-operation|another .*operation", re.IGNORECASE)


class ArmError(DataplaneError):
    """Azure refused or failed.

    C(details) holds, as far as known, C(subcode), C(target), C(status) (HTTP), C(correlation_id), and Azure's own text as C(message).
    retry_after: seconds until trying again is useful, where Azure said so.
    """

    retry_after: float | None = None

    @property
    def status(self) -> int | None:
        """HTTP status of the answer; None when there was no answer."""
        return self.details.get("status")

    @property
    def subcode(self) -> str:
        return self.details.get("subcode") or ""


class StaleEtag(ArmError):
    """The cluster was changed by someone else since it was read."""


class NotLabelledYet(ArmError):
    """AKS's iptables monitor has not looked at all nodes yet, or has found rules on some; the same request may succeed some minutes later."""


class OperationInProgress(ArmError):
    """Another operation runs on the cluster; the same request may succeed when that one has ended."""


@dataclasses.dataclass(frozen=True)
class ErrorBody:
    """The parts of an error body; empty text for what is not there."""

    code: str = ""
    message: str = ""
    subcode: str = ""
    target: str = ""
    details: str = ""


def parse_body(body: t.Any) -> ErrorBody:
    """Both shapes of an error body; anything else gives an empty C(ErrorBody)."""
    if not isinstance(body, dict):
        return ErrorBody()
    inner = body.get("error")
    if isinstance(inner, str):
        return ErrorBody(code=inner, message=_text(body.get("error_description")))
    if not isinstance(inner, dict):
        inner = body
    return ErrorBody(
        code=_text(inner.get("code")),
        message=_unwrapped(_text(inner.get("message"))),
        subcode=_text(inner.get("subcode")),
        target=_text(inner.get("target")),
        details=_details(inner.get("details")),
    )


def _text(value: t.Any) -> str:
    return masked(value.strip()) if isinstance(value, str) else ""


def _unwrapped(text: str) -> str:
    """What a check of AKS has found, without the words that it wraps that in."""
    found = _WRAPPED.match(text)
    return _NO_DETAILS.sub(".", found[1]).strip() if found else text


def _details(value: t.Any) -> str:
    """Details come as a text, as a list of texts, or as a list of error objects."""
    if isinstance(value, list):
        return "; ".join(filter(None, (_details(item) for item in value)))
    if isinstance(value, dict):
        return ": ".join(filter(None, (_text(value.get("code")), _unwrapped(_text(value.get("message"))))))
    return _text(value)


def from_response(status: int, body: t.Any, headers: t.Mapping[str, str], what: str) -> ArmError:
    """The error for a refused request.

    status: HTTP status. body: the parsed JSON, or whatever else came. headers: with lower-case names.
    what: the request, to begin a sentence with.
    """
    error = parse_body(body)
    code = error.code or f"Http{status}"
    correlation_id = next((headers[name] for name in CORRELATION_HEADERS if headers.get(name)), "")
    refusal = _build(error, code, f"{what} was answered with {status}", status, correlation_id)
    refusal.retry_after = retry_after_seconds(headers)
    return refusal


def from_operation(body: t.Any, operation_id: str, status: str) -> ArmError:
    """The error for a long-running operation that ended as C(Failed) or C(Canceled)."""
    error = parse_body(body)
    return _build(error, error.code or f"Operation{status}", f"Operation {operation_id} ended as {status}", None, "")


def _build(error: ErrorBody, code: str, what: str, status: int | None, correlation_id: str) -> ArmError:
    subcode = f" ({error.subcode})" if error.subcode and error.subcode != error.code else ""
    name = f", {error.code}{subcode}" if error.code else ""
    text = "; ".join(filter(None, (error.message, error.details if error.details not in error.message else "")))
    known = {
        "message": text,
        "subcode": error.subcode,
        "target": error.target,
        "status": status,
        "correlation_id": correlation_id,
    }
    return _kind(status, code, error)(
        _sentence(f"{what}{name}{': ' if text else ''}{text}"),
        remedy=find_remedy(code, error.subcode, text, status),
        code=code,
        details={key: value for key, value in known.items() if value},
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _kind(status: int | None, code: str, error: ErrorBody) -> type[ArmError]:
    if status == 412 or (status == 409 and (code == "EtagMismatch" or "etag mismatch" in error.details.lower())):
        return StaleEtag
    if status == 400 and _NOT_LABELLED.search(error.message):
        return NotLabelledYet
    # The same code also stands for exceeded quotas, where waiting would not help.
    if status == 409 and code == "OperationNotAllowed" and _IN_PROGRESS.search(error.message):
        return OperationInProgress
    return ArmError
