"""Connections: readers that cannot write and make no file, names that would be addresses, other files in the way."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from runcoach.config import Config, load
from runcoach.errors import StoreError
from runcoach.store.sqlite.connection import APPLICATION_ID, SCHEMA_VERSION, header, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader


def test_a_reader_cannot_write(config: Config) -> None:
    with open_database(config):
        pass
    with pytest.raises(StoreError, match="readonly"), open_reader(config) as connection:
        connection.execute("DELETE FROM audit")


def test_a_reader_without_a_file_reads_an_empty_database_and_creates_none(config: Config) -> None:
    with open_reader(config) as connection:
        assert header(connection) == (SCHEMA_VERSION, APPLICATION_ID)
        assert connection.execute("SELECT count(*) FROM activity").fetchone()[0] == 0
        assert not config.database.parent.exists()


def test_a_reader_without_a_file_cannot_write(config: Config) -> None:
    with pytest.raises(StoreError, match="readonly"), open_reader(config) as connection:
        connection.execute("DELETE FROM audit")
    assert not config.database.parent.exists()


@pytest.mark.parametrize("folder", ["a b", "what?mode=memory", "100%25", "#1", "ü"])
def test_a_reader_finds_the_file_whatever_its_folder_is_called(tmp_path: Path, folder: str) -> None:
    config = load(home=tmp_path / folder)
    with open_database(config) as writer, write_transaction(writer):
        writer.execute("INSERT INTO audit VALUES (1, 'admin', 0, 'create', 'kept', '{}', 0)")
    with open_reader(config) as connection:
        assert connection.execute("SELECT message FROM audit").fetchone()[0] == "kept"


def test_a_reader_sees_one_state_and_the_next_reader_what_was_written_meanwhile(config: Config) -> None:
    count = "SELECT count(*) FROM audit"
    with open_database(config) as writer:
        with open_reader(config) as reader:
            assert reader.execute(count).fetchone()[0] == 0
            with write_transaction(writer):
                writer.execute("INSERT INTO audit VALUES (1, 'admin', 0, 'create', 'new', '{}', 0)")
            assert reader.execute(count).fetchone()[0] == 0
        with open_reader(config) as reader:
            assert reader.execute(count).fetchone()[0] == 1


def test_an_empty_file_is_made_into_one_of_ours_before_it_is_read(config: Config) -> None:
    config.database.parent.mkdir(parents=True)
    config.database.touch()
    with open_reader(config) as connection:
        assert connection.execute("SELECT count(*) FROM activity").fetchone()[0] == 0


def test_every_connection_waits_for_its_turn_for_seconds(config: Config) -> None:
    with open_database(config) as writer, open_reader(config) as reader:
        for connection in (writer, reader):
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] >= 5_000


def test_a_writer_waits_until_another_has_finished(config: Config) -> None:
    """The second has asked for the lock when the first still has rows to write and a commit to make."""
    asks, errors = threading.Event(), []

    def second() -> None:
        try:
            with open_database(config) as connection:
                connection.set_trace_callback(lambda sql: asks.set() if sql.startswith("BEGIN") else None)
                with write_transaction(connection):
                    connection.execute("INSERT INTO sync_state VALUES ('second', '1', 0)")
        except StoreError as error:
            errors.append(error)

    with open_database(config) as connection:
        with write_transaction(connection):
            thread = threading.Thread(target=second)
            thread.start()
            assert asks.wait(30)
            for number in range(2_000):
                connection.execute("INSERT INTO sync_state VALUES (?, '1', 0)", (f"first {number}",))
        thread.join()
        assert errors == []
        assert connection.execute("SELECT count(*) FROM sync_state").fetchone()[0] == 2_001


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be replaced")
@pytest.mark.parametrize("replace_during", ["before", "during"])
def test_a_transaction_reports_a_file_that_was_replaced(config: Config, replace_during: str) -> None:
    """Before the block nothing is written; during the block the commit goes to the lost file, which is an error too."""
    began = False
    with pytest.raises(StoreError, match="deleted or replaced"), open_database(config) as connection:
        if replace_during == "before":
            config.database.rename(config.database.with_suffix(".old"))
        with write_transaction(connection):
            began = True
            config.database.rename(config.database.with_suffix(".old"))
            config.database.touch()
            connection.execute("INSERT INTO sync_state VALUES ('key', 'lost', 0)")
    assert began is (replace_during == "during")
