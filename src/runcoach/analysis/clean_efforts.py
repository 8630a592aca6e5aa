"""The efforts of a run that count, and the faster ones that do not because their recording cannot be believed.

An effort over D metres is clean where it shares no stretch with a fault of the recording (see
:func:`runcoach.analysis.effort_quality.assess`). The fastest clean one counts. Where a faster stretch is suspect it is
returned as well, with its reason. An effort that the runner has ignored is a fault for its own distance, so that the
next one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runcoach.analysis.best_efforts import TIE_S, best_effort_in_parts, best_efforts
from runcoach.analysis.effort_quality import Faults, assess, believable_parts, faults_of, ranked_efforts
from runcoach.analysis.world_records import world_record_s
from runcoach.domain.activity import Effort, Quality
from runcoach.domain.distances import LENGTH_M

if TYPE_CHECKING:
    from runcoach.analysis.distance_curve import DistanceCurve


def find_efforts(
    curve: DistanceCurve, lengths: Mapping[int, float] = LENGTH_M, ignored: Sequence[Effort] = ()
) -> list[Effort]:
    """The efforts of each distance, shortest first: the one that counts, then a faster suspect one if there is any.

    ``ignored`` are efforts that the runner has set aside; they are not returned. A clean effort that takes longer than
    one over a longer distance does not count, unless one of its distance is ignored: a gap hides the faster one.
    """
    fastest = ranked_efforts(curve) if lengths is LENGTH_M else best_efforts(curve, lengths)
    faults = faults_of(curve)
    if not faults and not ignored and lengths is LENGTH_M:
        return list(fastest)
    counting, suspect = {}, {}
    set_aside_labels = {one.distance_m for one in ignored}
    for effort in fastest:
        set_aside = [one for one in ignored if one.distance_m == effort.distance_m]
        clean = _clean(curve, faults, effort, ())
        if clean is None or clean.exact_s > effort.exact_s + TIE_S:
            (suspect[effort.distance_m],) = assess([effort], curve, faults)
        counting[effort.distance_m] = _clean(curve, faults, effort, set_aside) if set_aside else clean
    least_s = float("inf")
    for label, clean in reversed(counting.items()):
        if clean is None:
            continue
        if clean.exact_s > least_s + TIE_S and label not in set_aside_labels:
            counting[label] = None
        least_s = min(least_s, clean.exact_s)
    found = [one for label in counting for one in (counting[label], suspect.get(label)) if one is not None]
    return [one for one in found if one.quality is Quality.OK or one.reason is not None]


def _clean(curve: DistanceCurve, faults: Faults, effort: Effort, ignored: Sequence[Effort]) -> Effort | None:
    """The fastest clean effort over the distance of ``effort`` that is not faster than the world record."""
    parts = believable_parts(curve, faults, effort.length_m, ignored)
    clean = best_effort_in_parts(curve, effort.distance_m, effort.length_m, parts)
    is_record = clean is not None and clean.exact_s < world_record_s(clean.length_m)
    return None if is_record else clean
