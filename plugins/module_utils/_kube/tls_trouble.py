"""What a failure of TLS says about the next try: an API server that starts, and what stands before it, cut connections and answer without TLS."""

from __future__ import annotations

import ssl

# Of the files with certificates and keys, which are loaded for each connection.
_FILES = frozenset({"PEM", "X509", "ASN1"})


def is_cut(reason: BaseException) -> bool:
    """Whether the connection ended, or was silent for too long. reason: the innermost exception."""
    return isinstance(reason, (ConnectionError, TimeoutError, ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError))


def is_lasting(reason: BaseException) -> bool:
    """Whether a later try fails in the same way: for certificates that are not accepted, and files that cannot be used."""
    if isinstance(reason, ssl.SSLCertVerificationError) or not isinstance(reason, ssl.SSLError):
        return True
    return reason.library in _FILES or reason.reason == "PEM_LIB"
