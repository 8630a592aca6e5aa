"""What runners find in a TCX file: activities, laps, and where the timer stood."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.domain.recording import Recording
from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.tcx import read_tcx
from runcoach.sources.xml_reader import clean_xml

T0 = 1_772_352_000.0


def tcx(*activities: str) -> bytes:
    inside = "<Activities>\n" + "\n".join(activities) + "\n</Activities>"
    return database(inside)


def database(inside: str) -> bytes:
    namespace = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
    document = f'<?xml version="1.0"?>\n<TrainingCenterDatabase xmlns="{namespace}">{inside}</TrainingCenterDatabase>'
    return document.encode()


def activity(*laps: str, sport: str = "Running", after: str = "") -> str:
    return f'<Activity Sport="{sport}"><Id>2026-03-01T08:00:00Z</Id>{"".join(laps)}{after}</Activity>'


def clock(second: float) -> str:
    return f"2026-03-01T08:{int(second) // 60:02d}:{second % 60:06.3f}Z"


def lap(start: float, *tracks: str, total: float | None = None, figures: str = "") -> str:
    time = "" if total is None else f"<TotalTimeSeconds>{total}</TotalTimeSeconds>"
    inside = "".join(f"<Track>{track}</Track>" for track in tracks)
    return f'<Lap StartTime="{clock(start)}">{time}{figures}{inside}</Lap>'


def points(*seconds: float, inside: str = "") -> str:
    return "\n".join(f"<Trackpoint><Time>{clock(second)}</Time>{inside}</Trackpoint>" for second in seconds)


def read(document: bytes) -> ParsedFile:
    return read_tcx(clean_xml(document))


def read_one(document: bytes) -> Recording:
    (recording,) = read(document).recordings
    return recording


def pauses(*laps: str) -> list[tuple[float, float]]:
    return [(begin - T0, end - T0) for begin, end in read_one(tcx(activity(*laps))).pauses]


def test_all_channels_of_a_trackpoint() -> None:
    said = (
        "<Position><LatitudeDegrees>52.5</LatitudeDegrees><LongitudeDegrees>4.5</LongitudeDegrees></Position>"
        "<AltitudeMeters>-3.2</AltitudeMeters><DistanceMeters>12.5</DistanceMeters>"
        "<HeartRateBpm><Value>151</Value></HeartRateBpm><SensorState>Present</SensorState>"
        "<Extensions><ns3:TPX><ns3:Speed>3.25</ns3:Speed><ns3:RunCadence>86</ns3:RunCadence>"
        "<ns3:Watts>250</ns3:Watts></ns3:TPX></Extensions>"
    )
    creator = "<Creator><Name>Forerunner 945</Name><UnitId>1</UnitId></Creator>"
    run = read_one(tcx(activity(lap(0, points(0, 1, inside=said), total=1), after=creator)))

    assert (run.format, run.sport_type, run.indoor, run.device_name) == ("tcx", "Run", None, "Forerunner 945")
    assert run.start_time_s == T0
    assert (run.streams.time_s - T0).tolist() == [0.0, 1.0]
    assert {name: values[0] for name, values in run.streams.channels.items()} == {
        "lat_deg": 52.5, "lng_deg": 4.5, "altitude_m": -3.2, "distance_m": 12.5, "heart_rate_bpm": 151.0,
        "speed_ms": 3.25, "cadence_spm": 172.0, "power_w": 250.0,
    }  # fmt: skip


@pytest.mark.parametrize(("sport", "sport_type"), [("Running", "Run"), ("Biking", "Ride"), ("Other", None), ("", None)])
def test_sports(sport: str, sport_type: str | None) -> None:
    assert read_one(tcx(activity(lap(0, points(0)), sport=sport))).sport_type == sport_type


class TestLaps:
    """Figures of laps, and of the activity where every lap has them."""

    FIRST = (
        "<DistanceMeters>1000</DistanceMeters><Calories>60</Calories><Cadence>80</Cadence>"
        "<AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm>"
        "<MaximumHeartRateBpm><Value>155</Value></MaximumHeartRateBpm>"
        "<Extensions><LX><AvgRunCadence>85</AvgRunCadence><MaxRunCadence>91</MaxRunCadence>"
        "<AvgWatts>240</AvgWatts><MaxWatts>320</MaxWatts></LX></Extensions>"
    )
    SECOND = (
        "<DistanceMeters>500</DistanceMeters><Calories>30</Calories>"
        "<MaximumHeartRateBpm><Value>161</Value></MaximumHeartRateBpm>"
    )

    def test_lap_totals(self) -> None:
        run = read_one(tcx(activity(lap(0, points(0), total=300.5, figures=self.FIRST))))
        (only,) = run.laps
        totals = only.totals
        assert only.start_time_s == T0
        assert (totals.distance_m, totals.timer_s, totals.elapsed_s) == (1000.0, 300.5, None)
        assert (totals.avg_hr_bpm, totals.max_hr_bpm, totals.calories_kcal) == (140.0, 155.0, 60.0)
        assert (totals.avg_cadence_spm, totals.max_cadence_spm) == (170.0, 182.0)
        assert (totals.avg_power_w, totals.max_power_w) == (240.0, 320.0)
        assert run.totals == totals  # the only lap is the whole

    def test_activity_totals_are_sums_and_maxima_of_laps(self) -> None:
        laps = lap(0, points(0), total=300, figures=self.FIRST), lap(300, points(300), total=150, figures=self.SECOND)
        totals = read_one(tcx(activity(*laps))).totals
        assert (totals.distance_m, totals.timer_s, totals.calories_kcal) == (1500.0, 450.0, 90.0)
        assert totals.max_hr_bpm == 161.0
        assert (totals.avg_hr_bpm, totals.avg_power_w, totals.max_power_w) == (None, None, None)

    def test_lap_that_stands_twice_counts_once(self) -> None:
        laps = lap(0, points(0), total=300, figures=self.FIRST), lap(300, points(300), total=150, figures=self.SECOND)
        once, twice = read_one(tcx(activity(*laps))), read_one(tcx(activity(*laps, laps[0], laps[1])))
        assert (twice.totals, twice.laps) == (once.totals, once.laps)

    def test_total_missing_in_one_lap_is_missing(self) -> None:
        laps = lap(0, points(0), total=300, figures=self.FIRST), lap(300, points(300))
        totals = read_one(tcx(activity(*laps))).totals
        assert (totals.distance_m, totals.timer_s, totals.max_hr_bpm) == (None, None, None)

    def test_zero_calories_are_missing(self) -> None:
        assert read_one(tcx(activity(lap(0, points(0), figures="<Calories>0</Calories>")))).totals.calories_kcal is None


class TestPauses:
    """A timer that stood shows as a gap that the laps' own times leave out."""

    def test_second_track_of_a_lap_follows_a_pause(self) -> None:
        assert pauses(lap(0, points(0, 1, 2), points(10, 11), total=5)) == [(2, 10)]

    def test_tracks_within_a_second_have_no_pause(self) -> None:
        assert pauses(lap(0, points(0, 1, 2), points(3, 4), total=5)) == []

    def test_gap_is_a_pause_if_timer_time_is_shorter(self) -> None:
        assert pauses(lap(0, points(0, 1, 2, 60, 61, 62), total=5)) == [(2, 60)]

    def test_gap_is_no_pause_if_timer_time_includes_it(self) -> None:
        assert pauses(lap(0, points(0, 1, 2, 60, 61, 62), total=62)) == []

    def test_longest_gaps_that_sum_to_the_missing_time_are_pauses(self) -> None:
        track = points(0, 1, 2, 30, 31, 32, 33, 133, 134, 135)
        assert pauses(lap(0, track, total=135 - 99)) == [(33, 133)]

    def test_gap_longer_than_the_missing_time_is_no_pause(self) -> None:
        assert pauses(lap(0, points(0, 1, 2, 60, 61, 62), total=58)) == []

    def test_difference_of_two_seconds_is_rounding(self) -> None:
        assert pauses(lap(0, points(0, 1, 2, 6, 7, 8), total=7)) == []

    def test_gap_is_no_pause_without_timer_time(self) -> None:
        assert pauses(lap(0, points(0, 1, 2, 60, 61))) == []

    def test_gap_between_laps_is_a_pause(self) -> None:
        assert pauses(lap(0, points(0, 1, 2), total=2), lap(50, points(50, 51), total=1)) == [(2, 50)]

    def test_gap_covered_by_lap_time_is_no_pause(self) -> None:
        assert pauses(lap(0, points(0, 1, 2), total=40), lap(40, total=10), lap(50, points(50, 51), total=1)) == []

    def test_pauses_before_lap_starts(self) -> None:
        # Polar's way: the second lap claims to start before the pause in the first is over.
        assert pauses(lap(0, points(0, 1, 2, 100, 101), total=4), lap(4, points(102, 103), total=2)) == [(2, 100)]

    def test_smart_recording_is_no_pause(self) -> None:
        assert pauses(lap(0, points(0, 6, 13, 17, 25, 31), total=31)) == []


def test_several_activities_in_one_file() -> None:
    multisport = (
        "<MultiSportSession><Id>x</Id><FirstSport>"
        + activity(lap(0, points(0)), sport="Biking")
        + "</FirstSport><NextSport>"
        + activity(lap(20, points(20)))
        + "</NextSport></MultiSportSession>"
    )
    first, second, third = read(tcx(multisport, activity(lap(40, points(40))))).recordings
    assert [recording.sport_type for recording in (first, second, third)] == ["Ride", "Run", "Run"]
    assert second.start_time_s == T0 + 20


def test_points_without_a_time_are_left_out_and_counted() -> None:
    track = points(0) + "<Trackpoint><DistanceMeters>1</DistanceMeters></Trackpoint>" + points(1)
    run = read_one(tcx(activity(lap(0, track))))
    assert len(run.streams) == 2
    assert run.notes == ("1 point without a time left out",)


def test_laps_without_points_are_an_activity() -> None:
    run = read_one(tcx(activity(lap(0, total=1800, figures="<DistanceMeters>5000</DistanceMeters>"))))
    assert (len(run.streams), run.start_time_s) == (0, T0)
    assert (run.totals.distance_m, run.totals.timer_s, run.indoor) == (5000.0, 1800.0, None)


def test_lap_without_start_time_begins_at_its_first_point() -> None:
    run = read_one(tcx(activity(f"<Lap><Track>{points(5, 6)}</Track></Lap>")))
    assert run.start_time_s == T0 + 5
    assert run.laps[0].start_time_s is None


def test_utc_offset_of_written_times() -> None:
    track = "<Track><Trackpoint><Time>2026-03-01T04:00:00.000-04:00</Time></Trackpoint></Track>"
    run = read_one(tcx(activity(f'<Lap StartTime="2026-03-01T04:00:00.000-04:00">{track}</Lap>')))
    assert (run.start_time_s, run.utc_offset_s) == (T0, -14400)


@pytest.mark.parametrize("time", ["", "<Time>null</Time>"])
def test_points_without_times_leave_the_elapsed_time_of_the_laps(time: str) -> None:
    timeless = f"<Trackpoint>{time}<DistanceMeters>5</DistanceMeters></Trackpoint>"
    run = read_one(tcx(activity(lap(0, timeless, total=100), lap(130, timeless, total=50), lap(200, timeless))))
    assert run.start_time_s == T0
    assert run.totals.elapsed_s == 180.0
    assert run.notes == ("3 points without a time left out",)


def test_start_before_the_first_point_is_that_of_the_lap() -> None:
    run = read_one(tcx(activity(lap(0, points(28, 30), total=30))))
    assert (run.start_time_s, run.streams.time_s[0]) == (T0, T0 + 28)
    assert run.totals.elapsed_s is None  # the samples give it


@pytest.mark.parametrize("notes", ["Activity 4a4f1c0b2e7d9f3LP", "Activity 20260301-4a4f1c0b", "Activity 4a4f…LP1"])
def test_notes_with_an_id_are_not_a_title(notes: str) -> None:
    run = read_one(tcx(activity(lap(0, points(0)), after=f"<Notes>{notes}</Notes>")))
    assert (run.name, run.description) == (None, None)


@pytest.mark.parametrize("notes", ["Activity yesterday", "Activity 5 km", "Activities 2026"])
def test_notes_of_words_stay_a_title(notes: str) -> None:
    assert read_one(tcx(activity(lap(0, points(0)), after=f"<Notes>{notes}</Notes>"))).name == notes


def test_sport_in_another_language() -> None:
    run = read_one(tcx(activity(lap(0, points(0)), sport="室内跑步")))
    assert (run.sport_type, run.indoor) == ("Run", True)


def test_notes_are_a_title_or_a_description() -> None:
    short = read_one(tcx(activity(lap(0, points(0)), after="<Notes> Parkrun </Notes>")))
    assert (short.name, short.description) == ("Parkrun", None)
    long = read_one(tcx(activity(lap(0, points(0)), after="<Notes>Cold.\nWindy.</Notes>")))
    assert (long.name, long.description) == (None, "Cold.\nWindy.")


def test_names_elsewhere_are_not_the_device() -> None:
    plan = "<Training><Plan><Name>Intervals</Name></Plan></Training>"
    author = "<Author><Name>Connect Api</Name></Author>"
    document = database(f"<Activities>{activity(lap(0, points(0)), after=plan)}</Activities>{author}")
    assert read_one(document).device_name is None


class TestRefused:
    """What holds no activity says what it is."""

    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            ("<Courses><Course><Name>x</Name></Course></Courses>", "holds courses to follow, no activity"),
            ("<Workouts><Workout><Name>x</Name></Workout></Workouts>", "holds workout plans, no activity"),
            ("<Activities><Activity><Id>x</Id></Activity></Activities>", "an activity without laps, samples or times"),
            ("<Activities/>", "a TCX file without an activity"),
        ],
    )
    def test_by_name(self, inside: str, said: str) -> None:
        with pytest.raises(NotAnActivityError) as refused:
            read(database(inside))
        assert refused.value.message == said

    def test_a_doctype(self) -> None:
        with pytest.raises(HostileFileError):
            read(b'<!DOCTYPE x [<!ENTITY a "b">]>' + tcx(activity(lap(0, points(0)))))


class TestBroken:
    """The good points of a broken document are kept, and where it broke is said."""

    def test_cut_off(self) -> None:
        whole = tcx(activity(lap(0, points(*range(40)), total=39)))
        reading = read(whole[: whole.index(b"08:00:30")])
        (run,) = reading.recordings
        assert (len(run.streams), len(run.laps), run.totals.timer_s) == (30, 1, 39.0)
        assert reading.notes == ("cut off in line 33: 30 samples kept",)

    def test_before_the_first_activity(self) -> None:
        with pytest.raises(SourceError, match="not readable as TCX: cut off in line 2, before the first activity"):
            read(tcx(activity(lap(0, points(0))))[:60])


def test_invalid_number_is_missing() -> None:
    track = points(0, inside="<DistanceMeters>far</DistanceMeters>") + points(
        1, inside="<DistanceMeters>3</DistanceMeters>"
    )
    run = read_one(tcx(activity(lap(0, track, total=1))))
    np.testing.assert_array_equal(run.streams.channels["distance_m"], [np.nan, 3.0])
