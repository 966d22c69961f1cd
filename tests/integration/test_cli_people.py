"""The commands about people: right and wrong input, on a laptop and against a stack."""

import json
import signal
from pathlib import Path

import boto3
import httpx
import pytest
from moto import mock_aws

from renown import cli_people
from renown.table import Item
from tests.contract.fakes.visits import Clock, client
from tests.contract.fakes.world import NOW
from tests.contract.test_table import create
from tests.integration.test_cli import Run, rows
from tests.integration.test_verify import Web


def test_people_are_added_linked_listed_and_taken_away(renown: Run, tmp_path: Path) -> None:
    code, out, _ = renown("people", "add", "ada", "--name", "Ada [L]", "--how", "signed at the meeting")
    assert (code, out) == (0, "ada: opted in, signed at the meeting\n")
    code, out, _ = renown("people", "link", "ada", "mastodon:ada@example.social")
    assert (code, out.startswith("mastodon:ada@example.social: linked to ada, not proved yet.")) == (0, True)
    code, out, _ = renown("people", "list")
    assert (code, "Ada [L]" in out, "signed at the meeting" in out, " no " in out) == (0, True, True, True)
    (ada,) = json.loads(renown("people", "list", "--json")[1])
    assert (ada["handle"], ada["links"][0]["proof"]) == ("ada", None)
    exported = tmp_path / "people.yaml"
    assert renown("people", "export", exported)[:2] == (0, f"1 people written to {exported}\n")
    code, out, _ = renown("people", "import", exported, "--json")
    assert (code, json.loads(out)) == (0, {"added": 0, "changed": 0, "unchanged": 1, "left_out": 0})
    exported.write_text(exported.read_text().replace("handle: ada", "handle: bob").replace("ada@", "bob@"))
    assert renown("people", "import", exported)[1].startswith("1 added, 0 changed, 0 as they were.")
    code, out, _ = renown("people", "unlink", "ada", "mastodon:ada@example.social")
    assert (code, out) == (0, "mastodon:ada@example.social: no longer linked to ada\n")


def test_people_verify_says_what_it_found(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web({"github:ada": "https://renown.example/@ada"})
    for name, value in (("CONTACT", "ada@renown.example"), ("SITE", "https://renown.example")):
        monkeypatch.setenv(f"RENOWN_{name}", value)
    monkeypatch.setattr(cli_people, "client", lambda chosen, table: client(web, Clock(NOW)))
    renown("people", "add", "ada", "--name", "Ada")
    for account in ("github:ada", "hackernews:Ada_L"):
        assert "https://renown.example/@ada, or another account of ada" in renown("people", "link", "ada", account)[1]
    code, out, _ = renown("people", "verify")
    assert code == 0
    page = "https://renown.example/@ada"
    assert out.splitlines() == [
        f"ada: github:ada: proved: it names {page} (https://github.com/ada)",
        "ada: hackernews:Ada_L: failed: https://news.ycombinator.com/user?id=Ada_L names neither the profile's page nor"
        " an account of it that names it back",
    ]
    assert renown("people", "verify")[:2] == (0, "No link is due.\n")
    web.down = {"api.github.com"}
    found = json.loads(renown("people", "verify", "ada", "--json")[1])
    assert (found["profiles"], [each["state"] for each in found["links"]]) == (1, ["silent", "silent"])
    assert "since " in renown("people", "list")[1]


def test_erase_leaves_nothing_and_says_what_it_did(renown: Run, tmp_path: Path) -> None:
    renown("import", "table", rows(tmp_path / "reactions.csv"), "--network", "github")
    run = json.loads(renown("score", "--json")[1])["run"]
    renown("publish")
    renown("people", "add", "zoe", "--name", "Zoe")
    renown("people", "link", "zoe", "github:bob")
    code, out, _ = renown("erase", "github:ada")
    assert code == 0
    assert out.startswith("github:ada: erased: 8 rows of activity and counts; rewritten: ")
    assert [entry["account"] for entry in json.loads(renown("top", "--json")[1])] == ["github:bob", "github:few"]
    code, out, _ = renown("replay", run)
    assert code == 1
    assert out.splitlines()[-1].startswith("Not the same: people were erased since, from this run's files")
    code, out, _ = renown("erase", "zoe")
    assert (code, "github:bob: never proved to be theirs, so it stays" in out) == (0, True)
    done = json.loads(renown("erase", "zoe", "--json")[1])
    assert (done["activity"], done["files"], done["items"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "ended", "said"),
    [
        (["people", "add", "Ada", "--name", "Ada"], 2, "Ada: handle: write 1 to 39 lower-case letters"),
        (["people", "add", "ada"], 2, "--name"),
        (["people", "link", "ada", "github:ada"], 1, "ada: there is no such profile; `renown people add` makes one"),
        (["people", "unlink", "ada", "github:ada"], 1, "ada: there is no such profile"),
        (["people", "import", "none.yaml"], 2, "none.yaml: cannot be read: No such file or directory"),
        (["people", "import", "people.csv"], 2, "people.csv: people are in a file that ends in .yaml, .yml or .json"),
        (["people", "export", "people.csv"], 2, "people.csv: people are in a file that ends in .yaml, .yml or .json"),
        (["people", "verify"], 2, "RENOWN_CONTACT: set it to an address or e-mail where you can be reached"),
        (["erase", "ada"], 1, "ada: there is no such profile; an account that is nobody's is written as network:id"),
        (["erase", ":ada"], 2, "network '': a network is lower-case letters"),
    ],
)
def test_what_is_wrong_with_people_is_one_line(renown: Run, arguments: list[str], ended: int, said: str) -> None:
    code, out, err = renown(*arguments)
    assert (code, out) == (ended, "")
    assert said in err
    assert "Traceback" not in err


def test_people_verify_stops_at_ctrl_c_and_goes_on(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web({})
    monkeypatch.setattr(cli_people, "client", lambda chosen, table: client(web, Clock(NOW)))
    for handle, account in (("ada", "github:ada"), ("bob", "hackernews:Ada_L")):
        renown("people", "add", handle, "--name", handle)
        renown("people", "link", handle, account)

    def pressed(request: httpx.Request) -> httpx.Response:
        signal.raise_signal(signal.SIGINT)
        return httpx.Response(404)

    monkeypatch.setattr(web, "handle_request", pressed)
    code, out, err = renown("people", "verify")
    assert (code, out.count("\n")) == (130, 1)
    assert "renown: interrupted; the lake is whole" in err


def test_people_of_a_stack(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        table = create("stack")
        monkeypatch.setenv("RENOWN_LAKE", "s3://bucket")
        assert renown("people", "add", "ada", "--name", "Ada")[0] == 0
        renown("people", "link", "ada", "github:ada")
        assert json.loads(renown("people", "list", "--json")[1])[0]["links"][0]["account"] == "github:ada"
        code, _, err = renown("erase", "github:ada")
        assert (code, "RENOWN_TABLE: set it to dynamodb: and the stack's table" in err) == (2, True)
        monkeypatch.setenv("RENOWN_TABLE", "dynamodb:stack")
        table.put_many([Item("account#github:ada", "cursor", {"since": 1})])
        assert json.loads(renown("erase", "github:ada", "--json")[1])["items"] == 1
        assert table.get("account#github:ada", "cursor") is None
        assert json.loads(renown("people", "list", "--json")[1])[0]["links"] == []
