"""The formats, by name."""

from collections.abc import Mapping
from typing import Final

from ..errors import BadInput
from . import Find, Format, activitystreams, gharchive, git, higgs, stackexchange
from .table import TableFormat

_TABLE: Final = TableFormat(None)

FORMATS: Final[Mapping[str, Format]] = {
    known.name: known
    for known in (stackexchange.FORMAT, gharchive.FORMAT, higgs.FORMAT, git.FORMAT, activitystreams.FORMAT, _TABLE)
}
"""Every format that can be imported."""


def by_name(name: str, network: str | None = None, find: Find | None = None) -> Format:
    """The format `name`; `network` is that of accounts in a `table` that name none, `find` finds topics in texts.

    Raises BadInput for a name that is no format, or a network where the format knows its own.
    """
    if name not in FORMATS:
        raise BadInput(f"format {name[:80]!r}: known are {', '.join(sorted(FORMATS))}")
    if find and name == stackexchange.FORMAT.name:
        return stackexchange.StackExchangeFormat(find)
    if find and name == activitystreams.FORMAT.name:
        return activitystreams.ActivityStreamsFormat(find)
    if network is None:
        return FORMATS[name]
    if name != _TABLE.name:
        raise BadInput(f"network {network[:80]!r}: the format {name} knows its own; only `table` takes one")
    return TableFormat(network)
