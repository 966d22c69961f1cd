"""The networks' secrets: tokens and keys, from the environment or from AWS's Parameter Store, and what they open."""

import os
import re
from collections.abc import Mapping
from typing import Final

from .errors import BadInput
from .networks.base import Network
from .networks.client import Access

SSM: Final = "ssm:"
VARIABLE: Final = "RENOWN_SECRET_"

_SECRET: Final = re.compile(r"[!-~]{1,4096}")


def accesses(
    source: str | None, networks: Mapping[str, Network], environment: Mapping[str, str] = os.environ
) -> dict[str, Access]:
    """Host to what opens it, for every network whose secret is there.

    `source` is `ssm:` and the path under which the Parameter Store has one parameter for each network, by its name;
    None: they are in the environment, as RENOWN_SECRET_GITHUB. Raises BadInput, naming the network and never the
    secret, for one that could not be sent.
    """
    if source is None:
        given = {name: environment.get(VARIABLE + name.upper(), "") for name in networks}
    else:
        from aws_lambda_powertools.utilities import parameters

        given = parameters.get_parameters(source.removeprefix(SSM), decrypt=True)
    found = {}
    for name, network in networks.items():
        text = given.get(name, "").strip()
        if network.secret and text:
            if not _SECRET.fullmatch(text):
                where = f"{VARIABLE}{name.upper()}" if source is None else f"the parameter {name}"
                raise BadInput(
                    f"{where}: not a token or key: it has spaces or signs that cannot be sent, or is too long"
                )
            found[network.secret.host] = network.secret.opens(text)
    return found
