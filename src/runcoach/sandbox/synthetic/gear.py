"""The synthetic runner's shoes and bike, and which of them an activity was done with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runcoach.sandbox.synthetic.plan import RunKind


@dataclass(frozen=True, slots=True)
class Gear:
    """A pair of shoes or a bike, as its owner entered it."""

    gear_id: str
    name: str
    brand: str
    model: str
    nickname: str = ""
    retired: bool = False
    primary: bool = False
    description: str = ""

    @property
    def is_bike(self) -> bool:
        """Bikes have ids of their own kind."""
        return self.gear_id.startswith("b")


GEAR: tuple[Gear, ...] = (
    Gear("g11000001", "Asics Gel-Cumulus 24", "Asics", "Gel-Cumulus 24", "old blue", retired=True),
    Gear("g11000002", "Saucony Ride 16", "Saucony", "Ride 16", primary=True, description="Daily trainer."),
    Gear("g11000003", "Adidas Adizero Boston 12", "Adidas", "Adizero Boston 12", "fast ones 🚀"),
    Gear("g11000004", "Inov-8 Trailfly 270", "Inov-8", "Trailfly 270"),
    Gear("b11000005", "Stadtrad", "Diamant", "Topas", "Stadtrad"),
)


def gear_for(kind: RunKind, when: float, chance: float) -> str | None:
    """The gear of an activity, ``when`` from 0 (first day) to 1 (last), ``chance`` a random number below 1."""
    if kind is RunKind.RIDE:
        return "b11000005"
    if kind in {RunKind.WALK, RunKind.MANUAL}:
        return None
    if kind is RunKind.TRAIL:
        return "g11000004"
    if kind in {RunKind.RACE, RunKind.TEMPO, RunKind.INTERVALS} and when > 0.6:
        return "g11000003"
    return "g11000001" if when < 0.4 or (when < 0.5 and chance < 0.5) else "g11000002"


def gear_summary(gear: Gear, distance_m: float) -> dict[str, Any]:
    """As it stands in an activity's detail (``resource_state`` 2)."""
    return {
        "id": gear.gear_id,
        "primary": gear.primary,
        "name": gear.name,
        "nickname": gear.nickname,
        "resource_state": 2,
        "retired": gear.retired,
        "distance": round(distance_m),
        "converted_distance": round(distance_m / 1000, 1),
    }


def gear_detail(gear: Gear, distance_m: float) -> dict[str, Any]:
    """As ``/gear/{id}`` answers (``resource_state`` 3)."""
    shown = gear_summary(gear, distance_m) | {"resource_state": 3}
    shown |= {"brand_name": gear.brand, "model_name": gear.model, "description": gear.description}
    return shown | ({"frame_type": 3, "weight": 11.0} if gear.is_bike else {"notification_distance": 0})


def gear_named(gear_id: str | None) -> Gear | None:
    """The gear of this id; None where there is none."""
    return next((gear for gear in GEAR if gear.gear_id == gear_id), None)
