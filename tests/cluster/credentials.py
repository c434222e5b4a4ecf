# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's certificate authority, and who is let in with what."""

from __future__ import annotations

import base64
import secrets
import typing as t
from pathlib import Path

import trustme
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# In the network of the cluster.
ADDRESS = "10.224.255.254"
PORT = 6443
SERVER_NAMES = ("127.0.0.1", "localhost", ADDRESS, "10.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
# Users of the kubeconfig files that Azure gives out, with the groups that AKS gives them.
USERS = {"admin": "system:masters", "user": "system:masters"}


class Credentials:
    """Written to a folder: ca.pem, server.pem, server.key, kubelet-client.pem, kubelet-client.key, service-accounts.key, tokens.csv."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)
        self._authority = trustme.CA(organization_name="aks.dataplane cluster")
        self.authority = self._authority.cert_pem.bytes().decode()
        self.tokens = {user: secrets.token_hex(32) for user in USERS}
        self._write("ca.pem", self.authority)
        self._issue("server", *SERVER_NAMES)
        self._issue("kubelet-client", "kubelet-client", common="kube-apiserver-kubelet-client", organization="system:masters")
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        self._write("service-accounts.key", pem.decode())
        lines = (f'{token},cluster{user.capitalize()},{user},"{USERS[user]}"\n' for user, token in self.tokens.items())
        self._write("tokens.csv", "".join(lines))

    def _issue(self, name: str, *identities: str, common: str | None = None, organization: str | None = None) -> tuple[str, str]:
        """Certificate and key, in PEM."""
        made = self._authority.issue_cert(*identities, common_name=common, organization_name=organization)
        certificate = "".join(blob.bytes().decode() for blob in made.cert_chain_pems)
        key = made.private_key_pem.bytes().decode()
        self._write(f"{name}.pem", certificate)
        self._write(f"{name}.key", key)
        return certificate, key

    def _write(self, name: str, content: str) -> None:
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(content, encoding="ascii")

    def node_kubeconfig(self, node: str) -> str:
        """The kubelet's, with which kube-proxy goes to the API server as well."""
        certificate, key = self._issue(node, node, common=f"system:node:{node}", organization="system:nodes")
        return self.kubeconfig(f"https://{ADDRESS}:{PORT}", {"client-certificate-data": _in64(certificate), "client-key-data": _in64(key)})

    def component_kubeconfig(self, component: str) -> str:
        """Of a part of the control plane."""
        certificate, key = self._issue(component, component, common=f"system:{component}", organization="system:masters")
        return self.kubeconfig(f"https://{ADDRESS}:{PORT}", {"client-certificate-data": _in64(certificate), "client-key-data": _in64(key)})

    def user_kubeconfig(self, server: str, user: str = "admin") -> str:
        """Of people. server: a URL."""
        return self.kubeconfig(server, {"token": self.tokens[user]})

    def kubeconfig(self, server: str, user: t.Mapping[str, str]) -> str:
        return kubeconfig(server, self.authority, user)


def kubeconfig(server: str, authority: str, user: t.Mapping[str, str]) -> str:
    """YAML text. server: a URL; authority: PEM text; user: what it is let in with."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": {"server": server, "certificate-authority-data": _in64(authority)}}],
        "users": [{"name": "user", "user": dict(user)}],
        "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "cluster",
    }
    return yaml.safe_dump(config, sort_keys=False)


def _in64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
