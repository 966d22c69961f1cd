"""What a program of 2012 does with PyPI's `klout`: only the host it asks is another. Prints what it got as JSON.

Runs in `.venv-klout`, with nothing of Renown: klout_client.py HOST:PORT SCREEN_NAME NETWORK ID
"""

import json
import sys

from klout import Klout, KloutHTTPError

host, name, network, native_id = sys.argv[1:]
client = Klout("a-key-of-2012", domain=host)
identity = client.identity.klout(screenName=name)
number = identity["id"]
try:
    client.identity.klout(screenName="nobody-at-all")
    unknown = None
except KloutHTTPError as error:
    unknown = [error.e.code, json.loads(error.e.read().decode())]
found = {
    "identity": identity,
    "by_account": client.identity.klout(**{network: native_id}),
    "account": client.identity.tw(klout=number),
    "score": client.user.score(kloutId=number, timeout=5),
    "topics": client.user.topics(kloutId=number),
    "influence": client.user.influence(kloutId=number),
    "unknown": unknown,
}
print(json.dumps(found))
