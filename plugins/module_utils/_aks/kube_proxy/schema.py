"""The shape that C(az aks update --kube-proxy-config) takes, as a JSON Schema, and errors that say what is wrong with a document."""

from __future__ import annotations

import copy
import json
import typing as t

from ..._common.errors import DataplaneError
from ..._common.missing_library import MissingLibrary, check_version
from .configuration import MODES, SCHEDULERS

INT32_MAX = 2**31 - 1

_SECONDS = {"type": "integer", "minimum": 1, "maximum": INT32_MAX}

SCHEMA: dict[str, t.Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "kube-proxy configuration of an AKS cluster",
    "type": "object",
    "additionalProperties": False,
    # AKS reads a missing "enabled" as false, which is hardly ever what a document that sets a mode means.
    "required": ["enabled"],
    "properties": {
        "enabled": {"type": "boolean"},
        "mode": {"enum": list(MODES)},
        "ipvsConfig": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "scheduler": {"enum": list(SCHEDULERS)},
                "tcpTimeoutSeconds": _SECONDS,
                "tcpFinTimeoutSeconds": _SECONDS,
                "udpTimeoutSeconds": _SECONDS,
            },
        },
    },
    "if": {"required": ["ipvsConfig"]},
    "then": {"required": ["mode"], "properties": {"mode": {"const": "IPVS"}}},
}


def check_config(document: t.Any, source: str) -> dict[str, t.Any]:
    """A copy of the document if it is a kube-proxy configuration; else one error that names everything wrong with it.

    source: what to call the document in the error, the option's name or the file's path.
    """
    try:
        import jsonschema
    except ImportError as exc:
        raise MissingLibrary("jsonschema", exc) from exc
    check_version("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    problems = sorted({text for error in validator.iter_errors(document) for text in _problems_of(error)})
    if problems:
        raise DataplaneError(
            f"{source} is not a kube-proxy configuration: {'; '.join(problems)}.",
            remedy="Use the format of az aks update --kube-proxy-config.",
            code="InvalidKubeProxyConfig",
            details={"problems": problems},
        )
    return _plain(document)


def _problems_of(error: t.Any) -> list[str]:
    """One jsonschema error as texts: path, value, what is allowed."""
    path, value = error.json_path, json.dumps(error.instance, default=str)
    if error.validator == "additionalProperties":
        return [f"{path}.{name} is {json.dumps(given, default=str)}, {_unknown(name, error)}" for name, given in _extras(error)]
    if error.validator == "required":
        return [f"{path}.{name} is missing, {_missing(name)}" for name in error.validator_value if name not in error.instance]
    if error.validator == "const":
        return [f'{path} is {value}, but with ipvsConfig it must be "{error.validator_value}"']
    return [f"{path} is {value}, allowed is {_allowed(error.schema)}"]


def _extras(error: t.Any) -> list[tuple[str, t.Any]]:
    return [(name, given) for name, given in error.instance.items() if name not in error.schema["properties"]]


def _unknown(name: str, error: t.Any) -> str:
    """What to say of a key that is not known; older documentation wrote some of them in upper case."""
    known = error.schema["properties"]
    meant = next((key for key in known if key.casefold() == str(name).casefold()), None)
    return f"but the key is spelled {meant}" if meant else f"which is not a known key, allowed are {', '.join(known)}"


def _missing(name: str) -> str:
    if name == "mode":
        return 'with ipvsConfig it must be "IPVS"'
    return "allowed is true or false; AKS would read a missing one as false"


def _allowed(schema: t.Mapping[str, t.Any]) -> str:
    if "enum" in schema:
        return " or ".join(f'"{name}"' for name in schema["enum"])
    if "minimum" in schema:
        return f"a whole number of seconds from {schema['minimum']} to {schema['maximum']}"
    return {"boolean": "true or false", "object": "an object"}[schema["type"]]


def _plain(document: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A deep copy in which 900.0, a whole number to JSON Schema, is one to ARM too."""
    plain = copy.deepcopy(dict(document))
    ipvs = plain.get("ipvsConfig")
    if ipvs is not None:
        plain["ipvsConfig"] = {key: int(value) if isinstance(value, float) else value for key, value in ipvs.items()}
    return plain
