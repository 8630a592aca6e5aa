"""What is killed: each command whose death at any moment must cost nothing, from what it starts, and where it ends."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import export_maker
from killing import Ended, Mother, content, content_of, copied, database, environment, query
from stand_in import StandIn, standing_in

from runcoach.config import load
from runcoach.services.auth.credentials import open_secret_stores
from runcoach.store.sqlite.connection import connect
from runcoach.store.sqlite.migrations import MIGRATIONS, migrate


class Scenario(ABC):
    """One command, run again and again from the same start: undisturbed once, then killed and run again."""

    name: str

    def __init__(self, mother: Mother, folder: Path) -> None:
        self.mother = mother
        self.template = folder / self.name / "template"
        self.home = folder / self.name / "home"
        self.template.mkdir(parents=True)
        self.build()
        self.start()
        self.undisturbed = self.live(watched=True)
        assert self.undisturbed.code == 0, self.undisturbed
        self.points = self.undisturbed.points
        self.expected = self.ending()

    @property
    @abstractmethod
    def argv(self) -> Sequence[str]:
        """The command."""

    @abstractmethod
    def build(self) -> None:
        """Bring the template to where the command starts."""

    @property
    def env(self) -> dict[str, str]:
        """What the command sees."""
        return environment(self.home)

    def start(self) -> None:
        """Make the home a fresh copy of the template."""
        copied(self.template, self.home)

    def live(self, **how: Any) -> Ended:
        """Run the command, to its end or to its death."""
        return self.mother.run(self.argv, self.env, **how)

    def check_remains(self, points: Sequence[str]) -> None:  # noqa: B027
        """Whether what a death has left behind is sound, before anything mends it; ``points`` it had come to."""

    def go_on(self) -> None:
        """Run it again after a death: it comes to its end without anybody's help."""
        ended = self.live()
        assert ended.code == 0, ended

    def ending(self) -> Any:
        """What there is in the end."""
        return content(self.home)


class FirstSync(Scenario):
    """A whole history comes home."""

    name = "sync"

    #: How many activities are on Strava.
    activities = 4

    def __init__(self, mother: Mother, folder: Path, strava: StandIn) -> None:
        self.strava = strava
        super().__init__(mother, folder)

    def build(self) -> None:
        self.strava.log_in(self.template)
        self.grants = self.strava.sandbox.oauth.live

    @property
    def argv(self) -> Sequence[str]:
        return ("sync", "--no-wait")

    @property
    def env(self) -> dict[str, str]:
        return self.strava.environment(self.home)

    def start(self) -> None:
        super().start()
        with self.strava.sandbox.oauth._lock:
            self.strava.sandbox.oauth._grants = list(self.grants)

    def live(self, **how: Any) -> Ended:
        return super().live(now=self.strava.clock.now, **how)


class LaterSync(FirstSync):
    """What was renamed and deleted on Strava changes here, in a whole list."""

    name = "reconciliation"

    @property
    def argv(self) -> Sequence[str]:
        return ("sync", "--full", "--no-wait")

    def build(self) -> None:
        super().build()
        copied(self.template, self.home)
        assert self.mother.run(["sync", "--no-wait"], self.env, now=self.strava.clock.now).code == 0
        copied(self.home, self.template)
        athlete = self.strava.sandbox.athlete
        runs = [each for each in athlete.activity_ids if athlete.detail(each)["sport_type"] == "Run"]
        athlete.edit(runs[0], name="Renamed")
        athlete.edit(runs[1], cropped_s=600)
        athlete.delete(runs[2])
        self.strava.sandbox.add_run(days_ago=200, name="Uploaded late")


class GarminSync(FirstSync):
    """A whole history is fetched from Garmin."""

    name, activities = "garmin", 4

    def build(self) -> None:
        self.strava.connect_garmin(self.template)
        self.grants = self.strava.sandbox.oauth.live

    @property
    def argv(self) -> Sequence[str]:
        return ("sync", "--source", "garmin", "--no-wait")


class Rotation(FirstSync):
    """The access token has run out: the pair is renewed, and a sync goes on with it."""

    name, activities = "rotation", 1

    def build(self) -> None:
        super().build()
        self.strava.sandbox.oauth.expire()
        self.grants = self.strava.sandbox.oauth.live

    def start(self) -> None:
        super().start()
        self.answer_is_lost = False

    def check_remains(self, points: Sequence[str]) -> None:
        """The only moment that costs a login: Strava has spent the old pair, the new one is not in the vault yet."""
        answered = [place for place, point in enumerate(points) if point.startswith("after POST")]
        kept = answered and any(point.startswith("after replace") for point in points[answered[-1] :])
        self.answer_is_lost |= not points or (bool(answered) and not kept)

    def go_on(self) -> None:
        """As ever; only where Strava's answer died with the process may a new login be needed."""
        ended = self.live()
        if ended.code == 4:
            assert self.answer_is_lost, ended
            assert ended.is_one_line, ended
            assert "runcoach login" in ended.err
            assert query(self.home, "SELECT status FROM strava_token WHERE is_active = 1") == [("degraded",)]
            self.strava.log_in(self.home)
            ended = self.live()
        assert ended.code == 0, ended

    def ending(self) -> Any:
        """The file, and the vault: one pair in force, nothing pending, no secret that nothing needs."""
        held = super().ending()
        in_force = query(self.home, "SELECT access_token FROM strava_token WHERE status = 'active' AND is_active = 1")
        others = query(self.home, "SELECT count(*) FROM strava_token WHERE status IN ('pending', 'degraded')")
        config = self.strava.config(self.home)
        vault = open_secret_stores(config)("file")
        assert vault.get(in_force[0][0]) is not None
        entries = vault._store._read()  # type: ignore[attr-defined]
        return held, len(in_force), others, sorted(handle.split(":")[0] for handle in entries)


class Import(Scenario):
    """Files of all kinds in a folder, two of them the same run, one of them broken."""

    name = "import"

    def build(self) -> None:
        self.files = self.template.parent / "files"
        (self.files / "old").mkdir(parents=True)
        runs = [export_maker.Run(number, 1_780_000_000 + number * 90_000) for number in range(1, 5)]
        (self.files / "a.fit").write_bytes(export_maker.fit(runs[0]))
        (self.files / "a again.gpx").write_bytes(export_maker.gpx(runs[0]))
        (self.files / "b.gpx").write_bytes(export_maker.gpx(runs[1]))
        (self.files / "old" / "c.tcx").write_bytes(export_maker.tcx(runs[2]))
        (self.files / "old" / "d.fit").write_bytes(export_maker.fit(runs[3]))

    @property
    def argv(self) -> Sequence[str]:
        return ("import", str(self.files))


class ImportOfArchive(Scenario):
    """Strava's archive, read by two processes that must end with the one that writes."""

    name = "archive"

    def build(self) -> None:
        self.archive = self.template.parent / "export.zip"
        endings = ["fit.gz", "gpx", "tcx.gz", None, "fit.gz"]
        runs = [
            export_maker.Run(
                number + 1, 1_780_000_000 + number * 90_000, ending=ending, description="hills", gear="Ghost"
            )
            for number, ending in enumerate(endings)
        ]
        export_maker.write_export(self.archive, runs)

    @property
    def argv(self) -> Sequence[str]:
        return ("import", str(self.archive), "--workers", "2")


class Migration(Scenario):
    """A file of an older version, full of a runner's life, is brought to this one."""

    def __init__(self, mother: Mother, folder: Path, version: int) -> None:
        self.name = f"migration from {version}"
        self.version = version
        super().__init__(mother, folder)

    @property
    def argv(self) -> Sequence[str]:
        return ("status",)

    def build(self) -> None:
        """What the first version's tables can hold: every later one has them too."""
        config = load(home=self.template)
        database(self.template).parent.mkdir(parents=True)
        with closing(connect(config.database)) as connection:
            migrate(connection, None, MIGRATIONS[: self.version])
            for number in range(1, 40):
                connection.execute(
                    "INSERT INTO activity (id, strava_id, name, sport_type, start_time, utc_offset_s, distance_m,"
                    " created_at, updated_at) VALUES (?, ?, 'Morning Run', 'Run', ?, 7200, 10000, 0, 0)",
                    (number, number if self.version > 1 else None, 1_700_000_000 + number * 90_000),
                )
                connection.execute(
                    "INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s,"
                    " end_s, quality) VALUES (?, 5000, 5000, 1500, 1499.5, 0, 1499.5, 'ok')",
                    (number,),
                )
                connection.execute(
                    "INSERT INTO audit (id, entity, entity_id, action, message, meta, created_at)"
                    " VALUES (?, 'activity', ?, 'create', 'imported', '{}', 0)",
                    (number, number),
                )
        shutil_rm_backups(self.template)

    def check_remains(self, points: Sequence[str]) -> None:  # noqa: ARG002
        """Whatever bears the name of a backup is one."""
        for path in (self.home / "data" / "backups").glob("*.db"):
            content_of(path)

    def ending(self) -> Any:
        """The file, and the copies made before each step: whole, of the version before, and none half made."""
        held = super().ending()
        copies = {}
        for path in sorted((self.home / "data" / "backups").iterdir()):
            assert path.suffix == ".db", path
            with closing(sqlite3.connect(path)) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                version = copy.execute("PRAGMA user_version").fetchone()[0]
                copies[path.name] = version, copy.execute("SELECT count(*) FROM activity").fetchone()[0]
        assert len(copies) == len(MIGRATIONS) - self.version
        return held, copies


def shutil_rm_backups(home: Path) -> None:
    """Only the copies of the migration under test shall be there."""
    for path in (home / "data" / "backups").glob("*"):
        path.unlink()


class Upkeep(FirstSync):
    """What a person does with a whole history: one that came from Strava, from files, and from both."""

    def build(self) -> None:
        """A history with a backup of its first half."""
        super().build()
        self.older = self._grown("sync", "--no-wait", "--limit", "2")
        self.backup = self._run("backup").out.strip()
        self.newer = self._grown("sync", "--no-wait")
        files = self.template.parent / "files"
        files.mkdir()
        for number in range(2):
            run = export_maker.Run(0, 1_700_000_000 + number * 90_000)
            (files / f"{number}.fit").write_bytes(export_maker.fit(run))
        self.newer = self._grown("import", str(files))
        self.backup_name = Path(self.backup).name

    def _grown(self, *argv: str) -> dict[str, list[Any]]:
        self._run(*argv)
        return content(self.template)

    def _run(self, *argv: str) -> Ended:
        ended = self.mother.run(argv, self.strava.environment(self.template), now=self.strava.clock.now)
        assert ended.code == 0, ended
        return ended

    @property
    def backups(self) -> dict[str, dict[str, list[Any]]]:
        """What the backups hold, all of them sound; and nothing half made lies among them."""
        folder = self.home / "data" / "backups"
        return {path.name: content_of(path) for path in sorted(folder.glob("*.db"))}

    def check_remains(self, points: Sequence[str]) -> None:  # noqa: ARG002
        """Whatever bears the name of a backup is one."""
        assert self.backups


class Backup(Upkeep):
    """A copy of everything, under its name only when it is whole."""

    name = "backup"

    @property
    def argv(self) -> Sequence[str]:
        return ("backup",)

    def ending(self) -> Any:
        """Nothing has changed, and each copy is of one of the two moments."""
        held, copies = super().ending(), self.backups
        assert held == self.newer
        assert len(copies) >= 2
        assert all(copy in (self.older, self.newer) for copy in copies.values())
        assert self.newer in copies.values()
        return held


class Restore(Upkeep):
    """An older history in the place of the present one, which is not lost by it."""

    name = "restore"

    @property
    def argv(self) -> Sequence[str]:
        return ("restore", self.backup_name, "--yes")

    def ending(self) -> Any:
        """The older history, and the newer one among the backups."""
        held, copies = super().ending(), self.backups
        assert held["activity"] == self.older["activity"]
        assert self.newer in copies.values()
        return held


class Forget(Upkeep):
    """What came from Strava goes, after a backup; what came from files stays."""

    name = "forget"

    @property
    def argv(self) -> Sequence[str]:
        return ("forget", "--yes")

    def ending(self) -> Any:
        """No trace of Strava in the file, and all of it in a backup."""
        held, copies = super().ending(), self.backups
        assert [row for row in held["activity"] if row["strava_id"] is not None] == []
        assert self.newer in copies.values()
        return held


_WITH_STRAVA: tuple[type[FirstSync], ...] = (FirstSync, LaterSync, GarminSync, Rotation, Backup, Restore, Forget)

#: Name → scenarios, as ``--scenario`` chooses them; "migration" is one for each version.
SCENARIOS = ("import", "archive", "migration", *(kind.name for kind in _WITH_STRAVA))


@contextmanager
def make_scenarios(mother: Mother, folder: Path, names: Collection[str] = SCENARIOS) -> Iterator[list[Scenario]]:
    """The named ones, ready to be killed; those with Strava have one each, for they change it."""
    with ExitStack() as stack:
        made: list[Scenario] = [kind(mother, folder) for kind in (Import, ImportOfArchive) if kind.name in names]
        if "migration" in names:
            made += [Migration(mother, folder, version) for version in range(1, len(MIGRATIONS))]
        for kind in _WITH_STRAVA:
            if kind.name in names:
                made.append(kind(mother, folder, stack.enter_context(standing_in(activities=kind.activities))))
        yield made
