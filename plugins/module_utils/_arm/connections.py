"""Why a request got no answer, said without the request: its address may be signed, and its headers hold a token."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import ArmError


@dataclasses.dataclass(frozen=True)
class _Cause:
    """classes: names of exception classes, of Python, urllib3 or requests, that stand for this cause."""

    code: str
    classes: frozenset[str]
    text: str
    remedy: str


# The first cause of which an exception is found is taken; several libraries wrap each other's exceptions.
_CAUSES = (
    _Cause(
        "ProxyFailure",
        frozenset({"ProxyError"}),
        "the proxy refused the connection",
        "Check the environment variables HTTPS_PROXY and NO_PROXY.",
    ),
    _Cause(
        "TlsFailure",
        frozenset({"SSLError", "SSLCertVerificationError", "CertificateError"}),
        "its certificate could not be verified",
        "Check that the environment variable REQUESTS_CA_BUNDLE names the file with the right authorities, that no proxy replaces the "
        "certificate, and that the clock is right.",
    ),
    _Cause(
        "NameNotResolved",
        frozenset({"gaierror", "NameResolutionError"}),
        "its name could not be resolved",
        "Check cloud_environment and the name servers of this machine.",
    ),
    _Cause(
        "HostUnreachable",
        frozenset({"ConnectionRefusedError"}),
        "it refused the connection",
        "Check cloud_environment, and that this machine may connect there (firewall, proxy).",
    ),
    _Cause(
        "Timeout",
        frozenset({"ConnectTimeoutError", "ConnectTimeout", "ReadTimeoutError", "ReadTimeout", "TimeoutError"}),
        "it did not answer in time",
        "Check that this machine may connect there (firewall, proxy), and run again.",
    ),
)
_BROKEN = _Cause("NoAnswer", frozenset(), "the connection broke", "Check the network between this machine and Azure, and run again.")
_BROKEN_CLASSES = frozenset({"ConnectionError", "ConnectionResetError", "ProtocolError", "RemoteDisconnected"})


def no_answer(exc: BaseException, host: str, what: str) -> ArmError:
    """The error for a request that got no answer. host: name and port. what: the request, to begin a sentence with."""
    cause = find_cause(exc) or _BROKEN
    return ArmError(f"{what} got no answer from {host}: {cause.text}.", remedy=cause.remedy, code=cause.code, details={"host": host})


def is_connection_failure(exc: BaseException) -> bool:
    """Whether a failure of the network is behind an exception."""
    return find_cause(exc) is not None or bool(_class_names(exc) & _BROKEN_CLASSES)


def find_cause(exc: BaseException) -> _Cause | None:
    """By the class names of the exception and of all that it wraps, so no SDK is imported for it; none when no known class is among them."""
    names = _class_names(exc)
    return next((cause for cause in _CAUSES if cause.classes & names), None)


def _class_names(exc: BaseException) -> set[str]:
    return {base.__name__ for one in chain(exc) for base in type(one).__mro__ if base not in (OSError, Exception, BaseException, object)}


def chain(exc: BaseException) -> t.Iterator[BaseException]:
    """The exception and all that it wraps, however it does that."""
    seen: set[int] = set()
    waiting: list[t.Any] = [exc]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), getattr(one, "inner_exception", None), *one.args]
