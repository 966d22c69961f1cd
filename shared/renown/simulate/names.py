"""Names for made-up people: put together from invented parts, so that they are nobody's."""

import unicodedata
from typing import Final

OTHER_SCRIPTS: Final = (
    ("orvin-talmek", "Орвин Талмек"),
    ("nerila-voskou", "Νερίλα Βόσκου"),
    ("mireka-tovan", "ミレカ・トヴァン"),
    ("nirat-talum", "نيرات تالوم"),
    ("soryeo-haneul", "소려 하늘빈"),
)
"""Handle and name of a few people whose names are not in Latin letters."""

_GIVEN_STARTS, _GIVEN_ENDS, _SURNAME_STARTS, _SURNAME_ENDS = (
    parts.split()
    for parts in (
        "Aver Bosc Cael Dorv Elm Fenn Gist Hask Ivor Jorl Kest Lum Mirr Nesk Ost Pell Quor Risk Sorr Tavv Ulm Vesk"
        " Wenn Yarl Zind",
        "a ané ec elin en ëy i ina ith iva o omar on ude uin",
        "Amber Bracken Copper Drift Elder Fallow Gorse Heron Inkle Juniper Kettle Larch Mallow Nettle Osier Pebble"
        " Quarry Reed Sorrel Thistle Umber Vetch Willow Yarrow Zephyr",
        "beck croft dunn fårn garth holt keld lund mere nóck path quay rigg stowe thorpe wick",
    )
)
_PAIRS: Final = len(_GIVEN_STARTS) * len(_GIVEN_ENDS) * len(_SURNAME_STARTS) * len(_SURNAME_ENDS)
_STRIDE: Final = 104_729
"""A prime that does not divide `_PAIRS`: steps of it meet every pair once before they meet one again."""


def _latin(text: str) -> str:
    """The text in the letters that a handle may have."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _pick(number: int, starts: list[str], ends: list[str]) -> str:
    return starts[number % len(starts)] + ends[number // len(starts) % len(ends)]


def names(count: int, offset: int) -> list[tuple[str, str]]:
    """`count` people as (handle, name), no handle twice; another `offset` (from 0) gives other names.

    Where the pairs of names are used up, they come again with a number behind them.
    """
    found = list(OTHER_SCRIPTS[:count])
    for i in range(count - len(found)):
        pair = (offset + i) * _STRIDE % _PAIRS
        givens = len(_GIVEN_STARTS) * len(_GIVEN_ENDS)
        given = _pick(pair % givens, _GIVEN_STARTS, _GIVEN_ENDS)
        surname = _pick(pair // givens, _SURNAME_STARTS, _SURNAME_ENDS)
        handle = (f"{given}-{surname}", f"{given}_{surname}", f"{surname}-{given}")[pair % 3]
        again = i // _PAIRS
        found.append(
            (f"{_latin(handle)}-{again + 1}", f"{given} {surname} {again + 1}")
            if again
            else (_latin(handle), f"{given} {surname}")
        )
    return found
