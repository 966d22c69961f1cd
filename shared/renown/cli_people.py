"""The commands about people: `renown people ...` and `renown erase`.

They change the lake that RENOWN_LAKE names: a folder, or with the operator's AWS credentials a deployed stack's.
"""

import secrets
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as Grid

from .app import DYNAMODB, S3, client, lake, settings, table
from .errors import BadInput
from .people import Profile
from .terminal import AsJson, interrupted, out, print_json, safe, stopping

group = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who opted in, and which accounts are proved to be theirs."
)

Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The profile, as ada.")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="network:id, as mastodon:ada@example.social.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A file that ends in .yaml, .yml or .json.")]


@group.command()
def add(
    handle: Handle,
    name: Annotated[str, typer.Option(help="What the person is called.")],
    how: Annotated[str, typer.Option(help="How they said that they opt in.")] = "told the operator",
) -> None:
    """Add somebody who opted in; the moment is kept, and how they said so."""
    from .steps.people import add as step

    profile = step(lake(settings()), handle, name, how=how, now=int(time.time()))
    out.print(f"{profile.handle}: opted in, {profile.opted_in_how}", markup=False, highlight=False)


@group.command()
def link(handle: Handle, account: Account) -> None:
    """Link an account to a profile. It counts once `renown people verify` has found that it is theirs."""
    from .networks.registry import NETWORKS
    from .steps.people import link as step

    chosen = settings()
    account = step(lake(chosen), handle, account, NETWORKS)
    page = f"{chosen.site}/@{handle}, or " if chosen.site else ""
    out.print(
        f"{account}: linked to {handle}, not proved yet. Its profile has to name {page}another account of {handle} that"
        f" names it back; then run `renown people verify {handle}`.",
        markup=False,
        highlight=False,
    )


@group.command()
def unlink(handle: Handle, account: Account) -> None:
    """Take an account from a profile."""
    from .steps.people import unlink as step

    step(lake(settings()), handle, account)
    out.print(f"{account}: no longer linked to {handle}", markup=False, highlight=False)


@group.command("list")
def list_(as_json: AsJson = False) -> None:
    """Who opted in, when and how, and what is known of their links."""
    from . import people

    known = people.load(lake(settings()))
    if as_json:
        print_json([profile.model_dump(mode="json") for profile in known.profiles])
        return
    grid = Grid("handle", "name", "opted in", "account", "proved", "last check")
    for profile in known.profiles:
        opted_in = f"{profile.opted_in_at:%Y-%m-%d} {profile.opted_in_how}".strip()
        about = [profile.handle, profile.name, opted_in]
        for number, row in enumerate(_links(profile) or [["-", "", ""]]):
            grid.add_row(*map(safe, (about if number == 0 else ["", "", ""]) + row))
    out.print(grid)


def _links(profile: Profile) -> list[list[str]]:
    rows = []
    for each in profile.links:
        checked = f"{each.check.at:%Y-%m-%d} {each.check.said}" if each.check else ""
        since = f"{each.proved_at:%Y-%m-%d}" if each.proved_at else "?"
        proved = f"since {since}" if each.proof else "no" if since == "?" else f"no more, was since {since}"
        rows.append([each.account, proved, checked])
    return rows


@group.command("import")
def import_(path: File, as_json: AsJson = False) -> None:
    """Take in people from a file, all of them or, where something is wrong, none. Doing it twice changes nothing."""
    from .networks.registry import NETWORKS
    from .people_files import read
    from .steps.people import take_in

    try:
        counts = take_in(lake(settings()), read(path), NETWORKS, now=int(time.time()))
    except BadInput as error:
        raise error if str(error).startswith(str(path)) else BadInput(f"{path}: {error}") from error
    if as_json:
        print_json(counts)
    else:
        said = f"{counts['added']:,} added, {counts['changed']:,} changed, {counts['unchanged']:,} as they were"
        said += f", {counts['left_out']:,} left out who were erased" if counts["left_out"] else ""
        out.print(f"{said}. `renown people verify` proves their links.", highlight=False)


@group.command()
def export(path: File) -> None:
    """Write everybody who opted in, with how and with their accounts, into a file that `import` reads."""
    from . import people
    from .people_files import write
    from .steps.people import given

    found = given(people.load(lake(settings())))
    write(path, found)
    out.print(f"{len(found):,} people written to {path}", markup=False, highlight=False)


@group.command()
def verify(
    handles: Annotated[
        list[str] | None, typer.Argument(metavar="[HANDLE...]", help="Whose links; default: all that are due.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look up what proves the links, and keep it. A link that fails twice in a row is unlinked."""
    from .networks.registry import NETWORKS
    from .steps.verify import verify as step

    chosen = settings()
    asking = client(chosen, table(chosen))
    now, site = int(time.time()), chosen.site
    try:
        with stopping() as stop:
            result = step(lake(chosen), NETWORKS, asking, now=now, site=site, handles=handles or (), stop=stop)
    finally:
        asking.close()
    if as_json:
        print_json(result)
    else:
        for found in result["links"]:
            out.print(_found(found), markup=False, highlight=False)
        if not result["links"] and not result["left"]:
            out.print("No link is due.", highlight=False)
    if result["left"]:
        raise interrupted()


def _found(found: dict[str, Any]) -> str:
    seen = f" ({found['evidence']})" if found["state"] == "proved" else ""
    return f"{found['handle']}: {found['account']}: {found['state']}: {found['said']}{seen}"


def erase(
    who: Annotated[str, typer.Argument(metavar="WHO", help="A profile, as ada, or an account, as github:ada.")],
    as_json: AsJson = False,
) -> None:
    """Remove a person from lake and table, for good: a tombstone keeps them from being imported or collected again."""
    from .steps.erase import erase as step

    chosen = settings()
    if chosen.lake.startswith(S3) and not chosen.table.startswith(DYNAMODB):
        raise BadInput(f"RENOWN_TABLE: set it to {DYNAMODB} and the stack's table: a person is erased there, too")
    done = step(lake(chosen), table(chosen), who, salt=secrets.token_hex(16))
    if as_json:
        print_json(done)
        return
    out.print(
        f"{done['who']}: erased: {done['activity']:,} rows of activity and counts; rewritten: {done['files']:,} other"
        f" files of the lake, {done['items']:,} items of the table. The next run scores without them.",
        markup=False,
        highlight=False,
    )
    for account in done["not_theirs"]:
        said = f"{account}: never proved to be theirs, so it stays; `renown erase {account}` removes it"
        out.print(said, markup=False, highlight=False)
    if done["inbox"]:
        said = f"inbox/: {done['inbox']:,} files stand there as they came and may name them: delete what is not needed"
        out.print(said, markup=False, highlight=False)
