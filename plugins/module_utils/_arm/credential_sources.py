"""The places besides the module's options where credentials may be: environment, ~/.azure/credentials, Azure CLI."""

from __future__ import annotations

import configparser
import os
import pathlib
import shutil
import typing as t

from .._common.errors import DataplaneError
from .cli_state import cli_profile, cli_subscriptions


class LocalCredentialSources:
    """The C(CredentialSources) of the machine that runs the module."""

    def __init__(self) -> None:
        self.environ: t.Mapping[str, str] = os.environ

    def read_profile(self, section: str) -> dict[str, str] | None:
        """The options of one section of the credentials file that azure.azcollection has; none where there is no such file or section.
        DataplaneError, without a word of its content, for a file that cannot be read.
        """
        # Not the home directory of the passwd file: AWX and containers set HOME.
        path = pathlib.Path(os.path.expanduser("~/.azure/credentials"))
        # Raw, because a percent sign in a secret is just that.
        parser = configparser.RawConfigParser()
        try:
            with path.open(encoding="utf-8") as file:
                parser.read_file(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, configparser.Error) as exc:
            # The parser's own text shows the line, which may be the one with the secret.
            raise DataplaneError(
                f"The credentials file {path} cannot be read ({type(exc).__name__}).",
                remedy="It must be an INI file that this user may read, with lines like 'client_id=...' below '[default]'.",
                code="NoCredentials",
            ) from None
        return dict(parser.items(section)) if parser.has_section(section) else None

    def has_cli(self) -> bool:
        return shutil.which("az") is not None

    def cli_subscription(self) -> str:
        """The subscription that C(az account set) chose, from the CLI's own file: to start the CLI for it takes a second."""
        found = next((one.id for one in cli_subscriptions(self.environ) if one.is_default and one.id), "")
        if not found:
            place = cli_profile(self.environ).parent
            raise DataplaneError(
                f"There are no other credentials for Azure, and the Azure CLI is not signed in (no default subscription in {place}).",
                remedy=(
                    "Sign in with 'az login', or set client_id, tenant, secret and subscription_id, as options or as AZURE_CLIENT_ID, "
                    "AZURE_TENANT, AZURE_SECRET and AZURE_SUBSCRIPTION_ID in the environment."
                ),
                code="NoCredentials",
            )
        return found
