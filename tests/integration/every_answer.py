"""Everything that a site answers about what is in its table: every route, for everybody and everything in it."""

from collections.abc import Iterator
from urllib.parse import quote

from renown.numbers import number_of
from renown.published import current
from renown.table import SqliteTable
from renown.web.routes import build
from renown.web.serve import event

SITE = "https://scores.example.org"
Answers = dict[tuple[str, str], tuple[int, str, str]]


def answers(table: SqliteTable, now: int) -> Answers:
    """Status, ETag and body of the answer at `now` to every target, by the route's pattern and the target.

    Lists are followed from page to page.
    """
    site = build(table, SITE)
    found: Answers = {}
    for pattern in site.parameters:
        waiting = list(_targets(table, pattern))
        while waiting:
            target = waiting.pop()
            answer = site.resolve(event("GET", target, [], now), None)
            headers = answer["multiValueHeaders"]
            found[pattern, target] = answer["statusCode"], str(headers.get("ETag")), str(answer["body"])
            waiting += [link.split(">")[0][1:] for link in headers.get("Link", [])]
    return found


def _targets(table: SqliteTable, pattern: str) -> Iterator[str]:
    """What a pattern of a route stands for: everybody's, and everything's, that the table ever knew."""
    pointer = current(table)
    assert pointer
    run = pointer[0].run
    cards = [each.doc for each in table._rows("SELECT * FROM items WHERE pk LIKE 'card#%' AND sk = ?", (run,))]
    handles = sorted({card["handle"] for card in cards if card.get("handle")})
    accounts = sorted(account for card in cards for account in card.get("accounts", []))
    runs = sorted({each.sk for each in table._rows("SELECT * FROM items WHERE pk LIKE 'card#%'", ())})
    topics = [each.pk.partition("#")[2] for each in table._rows("SELECT * FROM items WHERE pk LIKE 'voices#%'", ())]
    if "<native_id>" in pattern:
        for account in accounts:
            network, _, native = account.partition(":")
            yield pattern.replace("<network>", network).replace("<native_id>", quote(native, safe=""))
    elif "<number>" in pattern:
        for handle in handles:
            yield pattern.replace("<number>", str(number_of(table, handle))).replace("<network>", "simulated")
    elif "/<name>" in pattern:
        yield from (pattern.replace("<name>", quote(topic, safe="")) for topic in sorted(set(topics)))
    elif pattern == "/v1/profiles/<handle>/why":
        for handle in handles:
            yield f"/v1/profiles/{handle}/why"
            yield from (f"/v1/profiles/{handle}/why?from={each}" for each in runs)
    elif "<" in pattern:
        for handle in handles:
            file = [f"{handle}{end}" for end in (".svg", ".json", ".png")] if "<file>" in pattern else [handle]
            yield from (
                pattern.replace("<handle>", each).replace("<at_handle>", f"@{each}").replace("<file>", each)
                for each in file
            )
    else:
        several = ",".join(handles[:4])
        query = {
            "/v1/profiles": f"?ids={','.join(handles[:90])}",
            "/v1/compare": f"?handles={several}",
            "/compare": f"?handles={several}",
            "/v1/search": "?q=a",
            "/search": "?q=a",
            "/oembed": f"?url={quote(f'{SITE}/@{handles[0]}', safe='')}",
            "/v2/identity.json/twitter": f"?screenName={handles[0]}",
            "/v1/leaderboard": "?limit=3",
            "/v1/topics": "?limit=2",
        }
        yield pattern + query.get(pattern, "")
