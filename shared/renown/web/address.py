"""The addresses under which the site is reached: whole ones, for what is read elsewhere."""

import re
from typing import Final

from .site import Event, prefix

_HOST: Final = re.compile(
    r"(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}\.?(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?"
)


def base(event: Event, public: str | None) -> str:
    """The site's address without a slash at its end: `public`, where the operator named one.

    Else the name by which API Gateway was reached, which it tells itself, or on a laptop the request's `Host`; an odd
    one gives addresses without a host, which work on the site only.
    """
    if public:
        return public
    domain = (event.get("requestContext") or {}).get("domainName")
    if domain:
        return f"https://{domain}{prefix(event)}"
    host = next((value for name, value in (event.get("headers") or {}).items() if name.lower() == "host"), "")
    return f"http://{host}{prefix(event)}" if _HOST.fullmatch(host) else prefix(event)
