"""The API's own way to DynamoDB: signed as AWS's own library signs, and patient with what passes."""

import http.client
import json
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from renown import dynamo
from renown.dynamo import Connection, DynamoReader, Place, place, signed
from renown.errors import BadInput, RetriableError
from renown.table import ROUNDS

NOW = 1_800_000_000.0
HERE = Place("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1", "AKID", "secret", None)

word = st.text(string.ascii_letters + string.digits + "/+", min_size=1, max_size=40)


@given(st.binary(max_size=200), word, word, st.none() | word)
def test_requests_are_signed_as_aws_own_library_signs_them(
    body: bytes, key: str, secret: str, token: str | None
) -> None:
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    at = Place(HERE.url, "eu-central-1", key, secret, token)
    ours = signed(at, headers, body, NOW)
    theirs = AWSRequest("POST", f"{HERE.url}/", headers, body)
    auth = SigV4Auth(Credentials(key, secret, token), "dynamodb", "eu-central-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(NOW, UTC))
        auth.add_auth(theirs)
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token")


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({"AWS_REGION": "eu-west-1"}, "https://dynamodb.eu-west-1.amazonaws.com"),
        ({"AWS_REGION": "cn-north-1"}, "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        ({"AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://h:1/"}, "http://h:1"),
        (
            {"AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://h:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://h:2"},
            "http://h:2",
        ),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": ""}, "https://dynamodb.us-east-1.amazonaws.com"),
    ],
)
def test_where_dynamodb_is(more: dict[str, str], url: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    assert place({**keys, **more}) == Place(url, more["AWS_REGION"], "AKID", "secret", "token")


def test_without_credentials_it_says_which_variable_is_missing() -> None:
    with pytest.raises(BadInput, match="AWS_ACCESS_KEY_ID: it is not set"):
        place({"AWS_REGION": "eu-west-1"})


def reader(answers: list[tuple[int, bytes] | Exception]) -> tuple[DynamoReader, list[float]]:
    """A reader that gets these answers, one after the other, and how long it waits between them."""
    slept: list[float] = []

    def send(body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return DynamoReader("t", HERE, send, clock=lambda: NOW, sleep=slept.append), slept


NOTHING = (200, b"{}")


@pytest.mark.parametrize(
    "first",
    [
        (500, b"oh"),
        (400, b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}'),
        ConnectionResetError("gone"),
        TimeoutError("slow"),
        http.client.RemoteDisconnected("gone"),
    ],
)
def test_what_passes_is_tried_again(first: tuple[int, bytes] | Exception) -> None:
    table, slept = reader([first, first, NOTHING])
    assert table.get("a", "b") is None
    assert slept == [0.05, 0.1]
    table, _ = reader([first, first, first])
    with pytest.raises(RetriableError, match="could not GetItem"):
        table.get("a", "b")


def test_what_is_wrong_is_not_tried_again() -> None:
    table, slept = reader([(400, b'{"__type": "ValidationException"}')])
    with pytest.raises(RetriableError, match="ValidationException"):
        table.query("a")
    assert slept == []


def test_what_was_left_unread_is_asked_for_again() -> None:
    left = {"t": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]}}
    unread = (200, json.dumps({"Responses": {"t": []}, "UnprocessedKeys": left}).encode())
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "doc": {"S": "{}"}, "version": {"N": "1"}}
    table, slept = reader([unread, unread, (200, json.dumps({"Responses": {"t": [item]}}).encode())])
    assert [found.pk for found in table.get_many([("a", "b")])] == ["a"]
    assert slept == [0.05, 0.1]
    table, _ = reader([unread] * ROUNDS)
    with pytest.raises(RetriableError, match="unread"):
        table.get_many([("a", "b")])


@pytest.fixture
def address() -> Iterator[str]:
    """A server that says what it was sent, and hangs up where it is asked to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if body == b"bye":
                self.close_connection = True
                return
            self.send_response(200)
            answer = b"x" * 100 if body == b"much" else body + self.headers["X-Who"].encode()
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = body == b"last "

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_connection_is_kept_and_made_anew(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamo, "LARGEST", 50)
    send = Connection(address)
    assert send(b"one ", {"X-Who": "ada"}) == (200, b"one ada")
    kept = send._open
    assert send(b"two ", {"X-Who": "ada"}) == (200, b"two ada")
    assert send._open is kept
    assert send(b"last ", {"X-Who": "ada"}) == (200, b"last ada")
    assert send(b"next ", {"X-Who": "ada"}) == (200, b"next ada")  # over another one: that one was closed meanwhile
    assert send._open is not None
    with pytest.raises(http.client.HTTPException):
        send(b"bye", {"X-Who": "ada"})
    assert send(b"three ", {"X-Who": "ada"}) == (200, b"three ada")
    with pytest.raises(http.client.HTTPException, match="more than 50 bytes"):
        send(b"much", {"X-Who": "ada"})
    assert send(b"four ", {"X-Who": "ada"}) == (200, b"four ada")
    send.close()
