"""DuckDB as a library: it draws nothing, and opens what it is told to."""

from pathlib import Path

import pytest

from renown.database import connect


@pytest.mark.parametrize("settings", [None, {"threads": "1"}])
def test_no_progress_bar(settings: dict[str, str] | None) -> None:
    with connect(settings=settings) as con:
        assert con.execute("SELECT CURRENT_SETTING('enable_progress_bar')").fetchall() == [(False,)]


def test_settings_and_a_file_of_its_own(tmp_path: Path) -> None:
    with connect(tmp_path / "a.duckdb", {"threads": "1"}) as con:
        con.execute("CREATE TABLE t AS SELECT CURRENT_SETTING('threads') AS threads")
    with connect(tmp_path / "a.duckdb") as con:
        assert con.execute("SELECT threads FROM t").fetchall() == [(1,)]
