"""DynamoDB for reading, with the standard library alone: what a cold start of the API can afford.

boto3 and the description of DynamoDB that it reads cost half a second before the first request; the three calls that
the API makes are JSON over HTTPS with a signature (AWS Signature Version 4, here held to botocore's own by a test).
Credentials are those that Lambda puts into the environment.
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from .errors import BadInput, RetriableError
from .table import ROUNDS, Item, batches, item_of, key_of

SERVICE: Final = "dynamodb"

TRIES: Final = 3

WAIT: Final = 0.05
"""Seconds before the second try; twice as many before each one after it."""

TIMEOUT: Final = 1.0
"""Seconds for a connection, and for each answer: DynamoDB needs hundredths of it, and the function has ten in all."""

LARGEST: Final = 20_000_000
"""Bytes of an answer; DynamoDB's own limit is 16 MB."""

PASSING: Final = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")

Send = Callable[[bytes, dict[str, str]], tuple[int, bytes]]


@dataclass(frozen=True)
class Place:
    """Where requests go, and by whose leave."""

    url: str
    region: str
    key: str
    secret: str
    token: str | None


def place(environment: Mapping[str, str]) -> Place:
    """What the environment of a Lambda function says; raises BadInput, naming the variable, for what is missing."""
    try:
        region = environment["AWS_REGION"]
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    except KeyError as error:
        raise BadInput(f"{error.args[0]}: it is not set, but the table is in DynamoDB") from error
    own = f"https://{SERVICE}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    url = environment.get("AWS_ENDPOINT_URL_DYNAMODB") or environment.get("AWS_ENDPOINT_URL") or own
    return Place(url.rstrip("/"), region, key, secret, environment.get("AWS_SESSION_TOKEN"))


def signed(at: Place, headers: dict[str, str], body: bytes, now: float) -> dict[str, str]:
    """`headers` of a POST with those that prove who sends it `now` (unix seconds).

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{at.region}/{SERVICE}/aws4_request"
    sent = {**headers, "Host": urlsplit(at.url).netloc, "X-Amz-Date": moment}
    sent |= {"X-Amz-Security-Token": at.token} if at.token else {}
    lower = sorted((name.lower(), value) for name, value in sent.items())
    names = ";".join(name for name, _ in lower)
    lines = "".join(f"{name}:{value}\n" for name, value in lower)
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{at.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    proof = f"AWS4-HMAC-SHA256 Credential={at.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**sent, "Authorization": proof}


class Connection:
    """One connection that is kept, and made anew after whatever broke it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._safe = parts.netloc, parts.scheme == "https"
        self._open: http.client.HTTPConnection | None = None

    def __call__(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer to a POST; raises OSError or HTTPException where none comes."""
        kept = self._open is not None
        try:
            return self._post(body, headers)
        except ConnectionError:
            if not kept:
                raise
            return self._post(body, headers)  # it was closed while the function slept

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._open is None:
            self._open = (
                http.client.HTTPSConnection(self._host, timeout=TIMEOUT, context=ssl.create_default_context())
                if self._safe
                else http.client.HTTPConnection(self._host, timeout=TIMEOUT)
            )
        whole = False
        try:
            self._open.request("POST", "/", body, headers)
            answer = self._open.getresponse()
            data = answer.read(LARGEST + 1)
            whole = len(data) <= LARGEST
        finally:
            if not whole:
                self.close()
        if not whole:
            raise http.client.HTTPException(f"an answer of more than {LARGEST:,} bytes")
        return answer.status, data

    def close(self) -> None:
        """Ends the connection; the next request makes another."""
        if self._open:
            self._open.close()
        self._open = None


class DynamoReader:
    """A table in DynamoDB that can only be read; keeps the promises of `DynamoTable`. One request at a time."""

    def __init__(
        self,
        name: str,
        at: Place,
        send: Send,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self.at, self.send, self.clock, self.sleep = name, at, send, clock, sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, None where there is none. Strongly consistent."""
        found = self._call("GetItem", TableName=self.name, Key=key_of(pk, sk), ConsistentRead=True)
        return item_of(found["Item"]) if "Item" in found else None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items with these (pk, sk), in no order; keys without one are left out. Strongly consistent."""
        found = []
        for batch in batches(dict.fromkeys(keys), 100):
            left: dict[str, Any] = {self.name: {"Keys": [key_of(*key) for key in batch], "ConsistentRead": True}}
            for again in range(ROUNDS):
                answer = self._call("BatchGetItem", RequestItems=left)
                found += [item_of(each) for each in answer["Responses"].get(self.name, [])]
                left = answer.get("UnprocessedKeys") or {}
                if not left:
                    break
                self.sleep(WAIT * 2**again)
            else:
                raise RetriableError(f"DynamoDB left items unread after {ROUNDS} rounds")
        return found

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """At most `limit` items of `pk` whose sk is greater than `after`, by sk. Strongly consistent."""
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if after:
            condition, values = condition + " AND sk > :after", {**values, ":after": {"S": after}}
        found: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._call(
                "Query",
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                Limit=limit - len(found),
                **start,
            )
            found += [item_of(each) for each in answer["Items"]]
            if len(found) >= limit or "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """DynamoDB's answer to a call; tries again what passes, and raises RetriableError where that does not help."""
        body = json.dumps(parameters).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{action}"}
        said = ""
        for again in range(TRIES):
            if again:
                self.sleep(WAIT * 2 ** (again - 1))
            try:
                status, data = self.send(body, signed(self.at, headers, body, self.clock()))
            except (OSError, http.client.HTTPException) as error:
                said = f"{type(error).__name__}: {error}"
                continue
            if status == http.HTTPStatus.OK:
                answer: dict[str, Any] = json.loads(data)
                return answer
            said = f"status {status}: {data[:300].decode('utf-8', 'replace')}"
            if status < http.HTTPStatus.INTERNAL_SERVER_ERROR and not any(kind in said for kind in PASSING):
                break
        raise RetriableError(f"DynamoDB could not {action}: {said}")
