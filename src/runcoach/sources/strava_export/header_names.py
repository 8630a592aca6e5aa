"""What the columns of ``activities.csv`` are called in the languages known."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

#: Field → its names in English, German, French, Spanish, Italian, Dutch and Portuguese, as far as they are known. Some
#: stand twice under one name: first as people read them (:data:`SHOWN`), later in SI units.
_NAMES: dict[str, str] = {
    "activity_id": "Activity ID, Aktivitäts-ID, ID de l'activité, ID de actividad, Id. de actividad,"
    " ID de la actividad, ID attività, ID dell'attività, Activiteits-ID, ID da atividade",
    "date": "Activity Date, Aktivitätsdatum, Date de l'activité, Fecha de la actividad, Data attività,"
    " Data dell'attività, Datum van activiteit, Data da atividade",
    "name": "Activity Name, Name der Aktivität, Nom de l'activité, Nombre de la actividad, Nome attività,"
    " Nome dell'attività, Naam activiteit, Naam van activiteit, Nome da atividade",
    "type": "Activity Type, Aktivitätsart, Type d'activité, Tipo de actividad, Tipo di attività, Activiteitstype,"
    " Tipo de atividade, Sport Type",
    "description": "Activity Description, Aktivitätsbeschreibung, Description de l'activité,"
    " Descripción de la actividad, Descrizione attività, Descrizione dell'attività, Beschrijving van activiteit,"
    " Beschrijving activiteit, Descrição da atividade",
    "elapsed_s": "Elapsed Time, Verstrichene Zeit, Temps écoulé, Tiempo transcurrido, Tempo trascorso,"
    " Verstreken tijd, Tempo decorrido",
    "distance_m": "Distance, Distanz, Distancia, Distanza, Afstand, Distância",
    "max_hr_bpm": "Max Heart Rate, Max. Herzfrequenz, Fréquence cardiaque max., Ritmo cardiaco máximo,"
    " Frequenza cardiaca massima, Max. hartslag, Frequência cardíaca máxima",
    "commute": "Commute, Pendeln, Déplacement-transport, Desplazamiento, Woon-werkverkeer",
    "private_note": "Activity Private Note, Hinweis zur Privatsphäre für Aktivitäten, Note privée sur les activités",
    "gear": "Activity Gear, Aktivitätsausrüstung, Matériel utilisé pour l'activité, Equipamiento de la actividad,"
    " Attrezzatura attività, Uitrusting voor activiteit, Materiaal voor activiteit, Equipamento da atividade",
    "filename": "Filename, Dateiname, Nom du fichier, Nombre del archivo, Nome file, Nome del file, Bestandsnaam,"
    " Nome do arquivo, Nome do ficheiro",
    "moving_s": "Moving Time, Bewegungszeit, Durée de déplacement, Tiempo en movimiento, Tempo in movimento,"
    " Beweegtijd, Tempo de movimentação, Tempo em movimento",
    "elevation_gain_m": "Elevation Gain, Höhenzunahme, Dénivelé positif, Desnivel positivo, Dislivello positivo,"
    " Totale stijging, Hoogtewinst, Ganho de elevação",
    "elevation_low_m": "Elevation Low, Min. Höhe, Altitude min., Desnivel bajo",
    "elevation_high_m": "Elevation High, Max. Höhe, Altitude max., Desnivel alto",
    "max_cadence": "Max Cadence, Max. Tritt-/Schrittfrequenz, Cadence max., Cadencia máx., Max. cadans",
    "avg_cadence": "Average Cadence, Durchschnittliche Trittfrequenz, Cadence moyenne, Cadencia promedio,"
    " Gemiddelde cadans",
    "avg_hr_bpm": "Average Heart Rate, Durchschnittliche Herzfrequenz, Fréquence cardiaque moyenne,"
    " Ritmo cardiaco promedio, Frequenza cardiaca media, Gemiddelde hartslag, Frequência cardíaca média",
    "max_power_w": "Max Watts, Max. Watt, Puissance max., Vatios máx., Maximaal wattage",
    "avg_power_w": "Average Watts, Durchschnittliche Watt, Puissance moyenne, Vatios promedio, Gemiddeld wattage",
    "calories_kcal": "Calories, Kalorien, Calorías, Calorie, Calorieën, Calorias",
    "temperature_c": "Average Temperature, Durchschnittliche Temperatur, Température moyenne, Temperatura promedio,"
    " Temperatura media, Gemiddelde temperatuur, Temperatura média",
    "competition": "Competition, Compétition",
    "long_run": "Long Run, Sortie longue",
    "media": "Media, Medien, Support",
}

#: The header of 2018, the only one that is not for people.
MACHINE = ("id", "date", "name", "type", "description", "elapsed_time", "distance", "commute", "gear", "filename")

#: What stands in the first part for people to read, under the name it has again in the second.
SHOWN = {"elapsed_s": "shown_elapsed", "distance_m": "shown_distance", "max_hr_bpm": "shown_max_hr"}

#: The sign before decimals where the language leaves no doubt; Spanish has both, by country.
_DECIMALS = {
    "activity id": ".",
    "id": ".",
    "aktivitats id": ",",
    "id de l activite": ",",
    "id attivita": ",",
    "id dell attivita": ",",
    "activiteits id": ",",
    "id da atividade": ",",
}

_TAG = re.compile(r"<[^<>]*>")
_MISSING = re.compile(r"translation missing: [\w.-]*\.(\w+)")


def plain(name: str) -> str:
    """A column's name without HTML, accents, signs and capitals; of a missing translation its last word.

    >>> plain('<span class="translation_missing" title="translation missing: en-US.x.y.start_time">Start Time</span>')
    'start time'
    """
    bare = _TAG.sub(" ", name) if "<" in name else name
    missing = _MISSING.search(bare)
    letters = unicodedata.normalize("NFKD", missing[1] if missing else bare).casefold()
    letters = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", letters))


@cache
def fields_by_name() -> dict[str, str]:
    """Plain name → field."""
    return {plain(name): field for field, names in _NAMES.items() for name in names.split(",")}


def decimal_sign(id_name: str) -> str | None:
    """What stands before the decimals in the language whose word for the id this is; None where that is unknown."""
    return _DECIMALS.get(plain(id_name))
