"""The networks' secrets: tokens and keys, from the environment or from AWS's Parameter Store, and what they open."""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from .errors import BadInput, RetriableError
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
    secret, for one that could not be sent; RetriableError where the Parameter Store cannot be read.
    """
    if source is None:
        given = {name: environment.get(VARIABLE + name.upper(), "") for name in networks}
    else:
        given = _parameters(source.removeprefix(SSM))
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


def allowances(spend: str | None, networks: Mapping[str, Network]) -> dict[str, int]:
    """Host to how many millionths of a dollar may be spent there a day; `spend` is in dollars, `x=1.50`.

    Raises BadInput for a network that there is not, or that costs nothing by any token.
    """
    found = {}
    for name, _, dollars in (each.partition("=") for each in (spend or "").split(",") if each):
        network = networks.get(name)
        if network is None or network.secret is None:
            raise BadInput(f"RENOWN_SPEND: {name}: there is no network of this name that a token opens")
        found[network.secret.host] = int(Decimal(dollars) * 1_000_000)
    return found


def _parameters(path: str) -> dict[str, str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, WithDecryption=True)
    try:
        found = [each for page in pages for each in page["Parameters"]]
    except (BotoCoreError, ClientError) as error:
        raise RetriableError(f"the Parameter Store's {path} cannot be read: {error}") from error
    return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}
