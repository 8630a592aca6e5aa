"""Titles, descriptions and race names as runners of several languages write them; nothing is computed here."""

from __future__ import annotations

from runcoach.sandbox.synthetic.plan import ActivityPlan, RunKind

_BY_HOUR = ((11, "Morning"), (14, "Lunch"), (18, "Afternoon"), (25, "Evening"))

#: Some of these are awkward on purpose: markup of terminals and of pages, quotes, commas, right-to-left, emoji.
_TITLES: dict[RunKind, tuple[str, ...]] = {
    RunKind.EASY: (
        "Lockerer Dauerlauf",
        "Footing du matin ☀️",
        "Rodaje suave, 7 °C",
        "朝ラン 🌸",
        "Corsetta con Nico & Léa",
        "ריצת בוקר קלה",
        "Running in the rain 🌧️🌧️",
        "Recovery (very slow!)",
    ),
    RunKind.LONG: ("Langer Lauf am Fluss", "Sortie longue 🐢", "Long run, [bold]no gels[/bold]", "Fondo con viento 💨"),
    RunKind.TEMPO: ("Tempodauerlauf", 'Tempo <3 & "cruise"', "Allure semi 🔥", "Threshold; felt o.k."),
    RunKind.INTERVALS: (
        "Bahn: Intervalle",
        "Séance de VMA 🥵",
        "[6x1k] @ threshold",
        "Series en la pista",
        "Track Tuesday",
    ),
    RunKind.TRAIL: ("Schauinsland 🏔️", "Trail des crêtes", "Up, up, up… and down"),
    RunKind.TREADMILL: ("Laufband + Podcast", "Treadmill 😴", "Tapis roulant"),
    RunKind.GPS_SPIKE: ("Between the towers (GPS went mad)",),
    RunKind.MANUAL: ("Forgot the watch", "Lauf ohne Uhr", "Course oubliée"),
    RunKind.RIDE: ("Commute 🚲", "Feierabendrunde", "Sortie vélo"),
    RunKind.WALK: ("Spaziergang", "Evening walk with the dog 🐕"),
}

_DESCRIPTIONS = (
    None,
    None,
    None,
    "",
    "Legs heavy, head clear.",
    "Mit Anna und Tom. Danach Kuchen 🍰",
    "Plan: 10 km\nFait: 11 km\n\n« On verra demain »",
    "HR strap slipped; ignore the first km.",
    "膝は大丈夫。",
)

RACES: dict[int, tuple[str, ...]] = {
    5_000: ("Parklauf 5 km", "Riverside 5K", "Corrida de Noël 🎅"),
    10_000: ("Stadtlauf 10 km", "10 km des remparts", "Harbour 10K"),
    21_097: ("Seehalbmarathon", "Semi-marathon des vignes", "Old Bridge Half Marathon"),
    42_195: ("Lakeside Marathon", "Marathon der drei Länder", "Maratón del Norte"),
    50_000: ("Ultra des crêtes 50 km",),
}


def title_of(plan: ActivityPlan, local_hour: int) -> str:
    """What the activity is called; Strava's own default name in about half of the plain ones."""
    if plan.name is not None:
        return plan.name
    if plan.race_name is not None:
        return plan.race_name
    luck = plan.seed >> 16
    if plan.kind in {RunKind.EASY, RunKind.RIDE, RunKind.WALK} and luck % 9 < 5:
        part = next(name for until, name in _BY_HOUR if local_hour < until)
        return f"{part} {plan.sport}"
    titles = _TITLES[plan.kind]
    return titles[luck // 9 % len(titles)]


def description_of(plan: ActivityPlan) -> str | None:
    """The athlete's notes; None for most."""
    return _DESCRIPTIONS[(plan.seed >> 24) % len(_DESCRIPTIONS)]
