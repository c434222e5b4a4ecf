# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of a connection: the options, then the variables of kubernetes.core, then the kubeconfig that is given, then the one of AKS."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import connect
from ansible_collections.aks.dataplane.plugins.module_utils._kube.given import Source, read_given, sources_of
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Access, Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

from tests.support.modules import patch_module_args

HOST = "https://given.example:443"
WHOLE = {"host": HOST, "api_key": "given-token"}
VARIABLES = {
    "K8S_AUTH_HOST": HOST,
    "K8S_AUTH_API_KEY": "variable-token",
    "K8S_AUTH_VERIFY_SSL": "False",
    "K8S_AUTH_SSL_CA_CERT": "/ca",
    "K8S_AUTH_PROXY": "http://proxy.example:3128",
    "K8S_AUTH_CONTEXT": "blue",
    "K8S_AUTH_IMPERSONATE_USER": "jane",
    "K8S_AUTH_IMPERSONATE_GROUPS": "dev,ops",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "K8S_AUTH_KUBECONFIG", "KUBECONFIG", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


def params(**options: t.Any) -> dict[str, t.Any]:
    """As the modules have them."""
    from ansible.module_utils.basic import AnsibleModule

    with patch_module_args(options):
        return t.cast(dict[str, t.Any], AnsibleModule(KUBERNETES.merge(SERVER).to_kwargs()["argument_spec"]).params)


def text(user: t.Any = None, **cluster: t.Any) -> str:
    return yaml.safe_dump(
        {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": "https://file.example", **cluster}}],
            "users": [{"name": "u", "user": user or {"token": "file-token"}}],
        }
    )


def access(options: dict[str, t.Any], user: t.Any = None, **cluster: t.Any) -> Access:
    return configuration(Kubeconfig(text(user, **cluster), "/k"), None, None, read_given(options))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (Source.AZURE,)),
        ({"context": "blue"}, (Source.CONTEXT, Source.AZURE)),
        ({"kubeconfig": "/k", "context": "blue"}, (Source.FILES,)),
        ({"kubeconfig": "/k", "context": "blue", **WHOLE}, (Source.OPTIONS,)),
        ({"host": HOST}, (Source.AZURE,)),
        ({"api_key": "k", "kubeconfig": "/k"}, (Source.FILES,)),
        ({"host": "", "api_key": ""}, (Source.AZURE,)),
    ],
)
def test_what_a_connection_begins_with(options: dict[str, t.Any], expected: tuple[Source, ...]) -> None:
    assert sources_of(options) == expected


def test_variables_take_the_place_of_options_that_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    found = params()
    assert (found["host"], found["api_key"], found["validate_certs"]) == (HOST, "variable-token", False)
    assert (found["ca_cert"], found["proxy"], found["context"]) == ("/ca", "http://proxy.example:3128", "blue")
    assert (found["impersonate_user"], found["impersonate_groups"]) == ("jane", ["dev", "ops"])
    mine = params(api_key="mine", verify_ssl=True, ssl_ca_cert="/mine", impersonate_groups=["qa"], proxy="http://other.example:1")
    assert (mine["host"], mine["api_key"], mine["validate_certs"], mine["ca_cert"]) == (HOST, "mine", True, "/mine")
    assert (mine["impersonate_groups"], mine["proxy"]) == (["qa"], "http://other.example:1")


def test_a_variable_that_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As AWX sets them where a field is empty."""
    plain = params()
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    assert params() == plain


def test_with_a_server_and_a_token_no_kubeconfig_is_read_or_fetched(tmp_path: pathlib.Path) -> None:
    def fetch(_admin: bool) -> str:
        raise AssertionError("fetched")

    api = connect(params(**WHOLE, kubeconfig=str(tmp_path / "none")), fetch)
    assert api.server == HOST


def test_what_is_given_takes_the_place_of_what_the_kubeconfig_says(tmp_path: pathlib.Path) -> None:
    authority = tmp_path / "ca"
    authority.write_text("pem")
    found = access(params(host=HOST, ca_cert=str(authority), proxy="http://p.example:3128"), **{"proxy-url": "http://other.example:1"})
    assert (found.host, found.authority, found.verify) == (HOST, str(authority), True)
    assert found.proxy is not None
    assert (found.proxy.url, found.proxy.source) == ("http://p.example:3128", "the option proxy")
    assert dict(found.sign_in.fields()) == {"authorization": "Bearer file-token"}


def test_a_token_is_the_only_way_to_sign_in() -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/nonexistent"}}
    found = access(params(api_key="given"), user)
    assert dict(found.sign_in.fields()) == {"authorization": "Bearer given"}
    assert (found.host, found.certificate) == ("https://file.example", "")


def test_impersonation_by_options() -> None:
    found = access(params(impersonate_user="jane", impersonate_groups=["dev", "ops"]), {"token": "t", "as": "joe", "as-uid": "1"})
    assert found.sign_in.fields()[1:] == (("Impersonate-User", "jane"), ("Impersonate-Group", "dev"), ("Impersonate-Group", "ops"))
    groups = access(params(impersonate_groups=["dev"]), {"token": "t", "as": "joe", "as-groups": ["old"]})
    assert groups.sign_in.fields()[1:] == (("Impersonate-User", "joe"), ("Impersonate-Group", "dev"))
    with pytest.raises(KubeError) as caught:
        access(params(impersonate_groups=["dev"]))
    assert "impersonate_user" in caught.value.text


@pytest.mark.parametrize(
    ("options", "cluster", "verify", "warning"),
    [
        (
            {"validate_certs": False},
            {},
            False,
            "validate_certs is false: the certificate of the API server https://file.example is not verified",
        ),
        ({"validate_certs": True}, {"insecure-skip-tls-verify": True}, True, ""),
        ({}, {"insecure-skip-tls-verify": True}, False, "The kubeconfig /k has insecure-skip-tls-verify"),
        ({"host": "http://plain.example"}, {}, True, "The kubeconfig /k names the API server http://plain.example by http"),
    ],
)
def test_what_is_not_verified_is_warned_about(options: dict[str, t.Any], cluster: dict[str, t.Any], verify: bool, warning: str) -> None:
    found = access(params(**options), **cluster)
    assert found.verify is verify
    assert [one.startswith(warning) for one in found.warnings] == ([True] if warning else [])


def test_an_empty_file_of_authorities_is_not_given(tmp_path: pathlib.Path) -> None:
    """AWX writes one for a field that was left empty."""
    empty = tmp_path / "ca"
    empty.touch()
    assert connect(params(**WHOLE, ca_cert=str(empty)), lambda admin: "").server == HOST
    with pytest.raises(KubeError) as caught:
        connect(params(**WHOLE, ca_cert=str(tmp_path / "none")), lambda admin: "")
    assert f"there is no certificate-authority {tmp_path / 'none'} that can be read" in caught.value.text


def test_trouble_names_the_options_and_not_the_token() -> None:
    with pytest.raises(KubeError) as caught:
        connect(params(host="given.example", api_key="s3cr3t"), lambda admin: "")
    assert "The connection of the options host and api_key names the server given.example, which is no URL" in caught.value.text
    assert "s3cr3t" not in repr(read_given(params(host=HOST, api_key="s3cr3t")))
