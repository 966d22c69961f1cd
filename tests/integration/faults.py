"""Faults of AWS's services under the handlers: put where botocore sends a request, below its own retries."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from .dying import Killed

WRITES: Final = {"PutItem", "BatchWriteItem", "PutObject", "DeleteObject", "UploadPart", "CompleteMultipartUpload"}

Request = Any
Fault = Callable[["Wire", str, str, Request], AWSResponse | None]
"""Is told service, operation and request; answers in place of AWS, raises, or lets the request pass (None)."""


class Raw:
    """The body of an answer."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, amount: int = 0, **_: Any) -> list[bytes]:
        body, self.body = self.body, b""
        return [body] if body else []

    def read(self, amount: int | None = None, **_: Any) -> bytes:
        body, self.body = self.body, b""
        return body


@dataclass
class Wire:
    """What is between botocore and AWS; `times` counts what the fault did."""

    fault: Fault | None = None
    times: int = 0

    def attach(self) -> None:
        """To all clients that the default session makes from now on."""
        assert boto3.DEFAULT_SESSION
        events = boto3.DEFAULT_SESSION.events
        for service in ("s3", "dynamodb"):
            events.register_first(f"before-send.{service}", self._before)  # type: ignore[arg-type]  # answers count

    def _before(self, request: Request, event_name: str, **_: Any) -> AWSResponse | None:
        service, operation = event_name.split(".")[1:]
        return self.fault(self, service, operation, request) if self.fault else None

    def refuse(self, service: str, status: int, code: str, request: Request) -> AWSResponse:
        """AWS's answer that says so, in the words of the service."""
        self.times += 1
        request.url = "http://127.0.0.1/"  # where nobody, moto neither, takes it
        body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "made up"})
        if service == "s3":
            body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>made up</Message></Error>"
        return AWSResponse(request.url, status, HTTPHeaders(), Raw(body.encode()))


def each_request_fails_once(of: str, status: int, code: str) -> Fault:
    """The first attempt at every request of a service (of more, botocore would soon try none again)."""
    tries: Counter[bytes] = Counter()

    def fault(wire: Wire, service: str, operation: str, request: Request) -> AWSResponse | None:
        if service != of:
            return None
        call = request.headers["amz-sdk-invocation-id"]
        tries[call] += 1
        return wire.refuse(service, status, code, request) if tries[call] == 1 else None

    return fault


def from_request(number: int, of: str, status: int, code: str, writes: bool = False) -> Fault:
    """All attempts from the `number`th (from 0) request of a service on; of its writes only, where `writes`."""
    left = number

    def fault(wire: Wire, service: str, operation: str, request: Request) -> AWSResponse | None:
        nonlocal left
        if service != of or (writes and operation not in WRITES):
            return None
        left -= 1
        return wire.refuse(service, status, code, request) if left < 0 else None

    return fault


def killed_at(number: int) -> Fault:
    """The process ends at its `number`th (from 0) write."""
    left = number

    def fault(wire: Wire, service: str, operation: str, request: Request) -> AWSResponse | None:
        nonlocal left
        if operation in WRITES:
            left -= 1
            if left < 0:  # later ones are of its threads, which end with it
                wire.times += left == -1
                raise Killed
        return None

    return fault


def moved_by(somebody: Callable[[], None]) -> Fault:
    """Just before the first conditional write, `somebody` else is at it."""
    done = False

    def fault(wire: Wire, service: str, operation: str, request: Request) -> AWSResponse | None:
        nonlocal done
        if operation == "PutItem" and not done:
            done = True
            wire.times += 1
            somebody()
        return None

    return fault


class Twice:
    """Every write is made twice: its answer was lost, and botocore sends it again."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def attach(self) -> None:
        """To all clients that the default session makes from now on."""
        assert boto3.DEFAULT_SESSION
        boto3.DEFAULT_SESSION.events.register("needs-retry", self._once)  # type: ignore[arg-type]  # answers count

    def _once(self, attempts: int, operation: Any, caught_exception: Any, **_: Any) -> int | None:
        if attempts == 1 and operation.name in WRITES and caught_exception is None:
            self.wire.times += 1
            return 0  # seconds to wait before it is sent again
        return None


class Grudging:
    """Of every batch only a half is written; the rest is handed back."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def attach(self) -> None:
        """To all clients that the default session makes from now on."""
        assert boto3.DEFAULT_SESSION
        events = boto3.DEFAULT_SESSION.events
        events.register("provide-client-params.dynamodb.BatchWriteItem", self._taken)  # type: ignore[arg-type]  # so do these
        events.register("after-call.dynamodb.BatchWriteItem", self._handed_back)

    def _taken(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
        ((table, items),) = params["RequestItems"].items()
        some = (len(items) + 1) // 2
        context["back"] = {table: items[some:]} if items[some:] else {}
        return {**params, "RequestItems": {table: items[:some]}}

    def _handed_back(self, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        self.wire.times += bool(context["back"])
        parsed["UnprocessedItems"] = context["back"]
