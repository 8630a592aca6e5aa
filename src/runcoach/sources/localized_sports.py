"""Names of sports in many languages → Strava's ``sport_type``."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

#: ``sport_type`` → its names at Strava: English; German; French; Spanish; Italian; Dutch; Portuguese. Several names in
#: one language are separated by commas, as translations changed over the years. The ``sport_type`` itself is known in
#: every language and not repeated.
SPORT_WORDS: dict[str, str] = {
    "AlpineSki": "Alpine Skiing, Downhill Ski; Ski Alpin, Alpinski, Skifahren; Ski alpin; Esquí alpino;"
    " Sci alpino, Sci; Alpineskiën, Skiën; Esqui alpino",
    "BackcountrySki": "Backcountry Skiing; Skitour, Skitouren, Backcountry-Ski; Ski de randonnée, Ski hors-piste;"
    " Esquí de travesía, Esquí fuera de pista; Scialpinismo, Sci alpinismo, Sci fuoripista; Toerskiën,"
    " Backcountryskiën, Off-piste skiën; Esqui fora de pista, Esqui de travessia",
    "Badminton": "; ; ; Bádminton; ; ; Badmínton, Badminton",
    "Basketball": "; ; Basket, Basket-ball; Baloncesto, Básquetbol; Pallacanestro, Basket; Basketbal; Basquete,"
    " Basquetebol",
    "Canoeing": "Canoe; Kanufahrt, Kanu, Kanufahren; Canoë; Piragüismo, Canotaje, Canoa; Canoa; Kanoën, Kanovaren;"
    " Canoagem, Canoa",
    "Cricket": "; ; ; Críquet, Críket; ; ; Críquete",
    "Crossfit": "CrossFit",
    "Dance": "; Tanzen, Tanz; Danse; Baile, Danza; Danza, Ballo; Dansen; Dança",
    "EBikeRide": "E-Bike Ride, E-Bike; E-Bike-Fahrt, E-Bike-Radfahrt, E-Bike; Vélo électrique, Sortie vélo"
    " électrique, Sortie en vélo électrique, VAE; Bicicleta eléctrica, Paseo en bicicleta eléctrica;"
    " Pedalata con e-bike, E-bike; E-bikerit, E-bike-rit, Elektrische fietsrit; Pedalada de e-bike, Bicicleta"
    " elétrica, Pedalada com bicicleta elétrica",
    "EMountainBikeRide": "E-Mountain Bike Ride, E-MTB; E-Mountainbike-Fahrt, E-Mountainbikefahrt, E-MTB-Fahrt;"
    " VTT électrique, Sortie en VTT électrique; Bicicleta de montaña eléctrica; Pedalata con e-mountain bike,"
    " E-mountain bike; E-mountainbikerit, E-mountainbike-rit; Pedalada de e-mountain bike",
    "Elliptical": "; Ellipsentrainer, Crosstrainer, Ellipsentraining; Elliptique, Vélo elliptique; Elíptica;"
    " Ellittica; Crosstrainer, Elliptische trainer; Elíptico",
    "Golf": "; ; ; ; ; ; Golfe",
    "GravelRide": "Gravel; Gravelfahrt, Gravel-Fahrt, Gravelbike-Fahrt, Gravel-Radfahrt; Gravel, Sortie gravel,"
    " Vélo gravel; Bicicleta de gravel, Ciclismo de gravel; Pedalata gravel; Gravelrit, Gravelbikerit;"
    " Pedalada de gravel, Pedalada gravel",
    "Handcycle": "; Handbike, Handbike-Fahrt; Handbike, Vélo à main; Bicicleta de mano, Handbike; Handbike;"
    " Handbike, Handbiken; Handbike, Bicicleta de mão",
    "HighIntensityIntervalTraining": "HIIT; Hochintensives Intervalltraining, HIIT-Training; Entraînement par"
    " intervalles à haute intensité; Entrenamiento de intervalos de alta intensidad; Allenamento a intervalli ad alta"
    " intensità; Intervaltraining met hoge intensiteit; Treino intervalado de alta intensidade",
    "Hike": "Hiking; Wanderung, Wandern; Randonnée, Randonnée pédestre; Senderismo, Excursionismo, Excursión;"
    " Escursione, Escursionismo; Hiken, Hike; Trilha",
    "IceSkate": "Ice Skating; Eislaufen, Schlittschuhlaufen; Patinage, Patinage sur glace, Patin à glace; Patinaje"
    " sobre hielo; Pattinaggio su ghiaccio; Schaatsen; Patinação no gelo",
    "InlineSkate": "Inline Skating; Inlineskaten, Inlineskating; Roller, Patin en ligne, Rollers; Patinaje en línea;"
    " Pattinaggio in linea, Pattini in linea; Inlineskaten, Skeeleren; Patinação inline, Patins em linha",
    "Kayaking": "Kayak; Kajakfahren, Kajakfahrt, Kajak; Kayak; Kayak; Kayak; Kajakken, Kayakken, Kajak; Caiaque",
    "Kitesurf": "Kitesurfing; Kitesurfen, Kiten; ; ; ; Kitesurfen; ",
    "MountainBikeRide": "Mountain Biking, Mountain Bike, MTB; Mountainbikefahrt, Mountainbike-Fahrt, MTB-Fahrt;"
    " VTT, Sortie VTT, Sortie en VTT; Bicicleta de montaña, Ciclismo de montaña; Pedalata in mountain bike;"
    " Mountainbikerit, Mountainbiken, Mountainbike-rit; Pedalada de mountain bike",
    "NordicSki": "Nordic Skiing, Cross-Country Skiing; Langlauf, Skilanglauf, Nordic-Ski; Ski nordique, Ski de fond;"
    " Esquí nórdico, Esquí de fondo; Sci nordico, Sci di fondo; Langlaufen; Esqui nórdico, Esqui cross-country",
    "Padel": "; ; ; Pádel; ; ; Pádel",
    "PhysicalTherapy": "; Physiotherapie; Kinésithérapie, Physiothérapie; Fisioterapia; Fisioterapia; Fysiotherapie;"
    " Fisioterapia",
    "Pickleball": "",
    "Pilates": "",
    "Racquetball": "; ; Racquet-ball; Ráquetbol; ; ; Raquetebol",
    "Ride": "Cycling, Bike Ride, Biking; Radfahrt, Radfahren, Rad; Vélo, Sortie vélo, Sortie à vélo, Sortie en vélo,"
    " Cyclisme; Bicicleta, Ciclismo, Paseo en bicicleta, Vuelta ciclista, Vuelta en bicicleta; Ciclismo, Pedalata,"
    " Giro in bici; Fietsrit, Fietsen, Rit; Pedalada, Ciclismo, Pedal",
    "RockClimbing": "Rock Climb, Climbing; Klettern, Felsklettern; Escalade; Escalada, Escalada en roca;"
    " Arrampicata, Arrampicata su roccia; Rotsklimmen, Klimmen; Escalada, Escalada em rocha",
    "RollerSki": "Roller Skiing; Rollski, Skiroller; Ski à roulettes, Ski-roue; Esquí sobre ruedas, Rollerski;"
    " Skiroll; Rolskiën, Rollerskiën; Roller ski, Rollerski",
    "Rowing": "Row; Rudern; Aviron, Rameur; Remo; Canottaggio; Roeien; Remo",
    "Run": "Running, Jog; Lauf, Laufen; Course à pied, Course; Carrera, Correr; Corsa; Hardloopsessie, Hardlopen;"
    " Corrida",
    "Sail": "Sailing; Segeln; Voile; Vela, Navegación a vela; Vela; Zeilen; Vela",
    "Skateboard": "Skateboarding; Skateboarden, Skateboardfahren; ; Monopatín; ; Skateboarden; Skate",
    "Snowboard": "Snowboarding; Snowboarden; ; ; ; Snowboarden; ",
    "Snowshoe": "Snowshoeing; Schneeschuhwanderung, Schneeschuhwandern, Schneeschuhlaufen; Raquettes, Raquette,"
    " Raquettes à neige; Raquetas de nieve, Caminata con raquetas; Ciaspolata, Racchette da neve, Ciaspole;"
    " Sneeuwschoenwandelen, Sneeuwschoenlopen; Caminhada na neve, Raquete de neve",
    "Soccer": "Football, Football (Soccer); Fußball; Football; Fútbol; Calcio; Voetbal, Voetballen; Futebol",
    "Squash": "",
    "StairStepper": "Stair-Stepper, Stair Climber; Treppensteigen, Stepper, Treppensteiger; Simulateur d'escaliers,"
    " Stepper; Escaladora, Simulador de escaleras; Stepper, Simulatore di scale; Stepapparaat, Traploper;"
    " Simulador de escada, Escada",
    "StandUpPaddling": "Stand Up Paddle, SUP; Stehpaddeln, Stand-up-Paddling, Stand-Up-Paddeln; Standup paddle,"
    " Stand up paddle, Paddle; Paddle surf, Surf de remo, Stand up paddle; Stand Up Paddle; Suppen, Stand-uppaddelen,"
    " Stand-up paddleboarding; Stand up paddle",
    "Surfing": "Surf; Surfen, Wellenreiten; Surf; Surf; Surf; Surfen; Surfe, Surf",
    "Swim": "Swimming; Schwimmen; Natation; Natación; Nuotata, Nuoto; Zwemmen, Zwemsessie; Natação",
    "TableTennis": "; Tischtennis; Tennis de table, Ping-pong; Tenis de mesa; Tennistavolo, Tennis da tavolo;"
    " Tafeltennis; Tênis de mesa, Ténis de mesa",
    "Tennis": "; ; ; Tenis; ; Tennissen; Tênis, Ténis",
    "TrailRun": "Trail Running; Traillauf, Trailrunning; Trail, Course de trail; Carrera de trail, Carrera por"
    " senderos, Carrera por sendero, Carrera de montaña; Corsa su sentiero, Trail, Corsa su trail, Trail running,"
    " Corsa trail; Trailloop, Trailrunning, Trailhardloopsessie, Trailrunsessie; Corrida em trilha, Corrida de trilha,"
    " Trail",
    "Velomobile": "; Velomobil; Vélomobile; Velomóvil; Velomobile, Velocipede; Velomobiel; Velomóvel",
    "VirtualRide": "; Virtuelle Radfahrt, Virtuelle Fahrt; Vélo virtuel, Sortie vélo virtuelle, Sortie à vélo"
    " virtuelle, Cyclisme virtuel; Bicicleta virtual, Ciclismo virtual; Pedalata virtuale, Ciclismo virtuale;"
    " Virtuele fietsrit, Virtuele rit; Pedalada virtual, Ciclismo virtual",
    "VirtualRow": "Virtual Rowing; Virtuelles Rudern; Aviron virtuel, Rameur virtuel; Remo virtual; Canottaggio"
    " virtuale; Virtueel roeien, Virtuele roeisessie; Remo virtual",
    "VirtualRun": "; Virtueller Lauf; Course à pied virtuelle, Course virtuelle; Carrera virtual; Corsa virtuale;"
    " Virtuele hardloopsessie, Virtueel hardlopen; Corrida virtual",
    "Volleyball": "; ; Volley-ball, Volley; Voleibol, Vóleibol; Pallavolo; Volleybal; Vôlei, Voleibol",
    "Walk": "Walking; Spaziergang, Gehen; Marche, Marche à pied; Caminata, Caminar, Andar; Camminata, Passeggiata;"
    " Wandeling, Wandelen; Caminhada",
    "WeightTraining": "Weights, Strength Training; Gewichtstraining, Krafttraining; Entraînement aux poids,"
    " Musculation; Entrenamiento con pesas, Entrenamiento de pesas, Pesas, Levantamiento de pesas;"
    " Allenamento con i pesi, Sollevamento pesi, Allenamento pesi, Pesi; Krachttraining; Treino com peso, Treino com"
    " pesos, Musculação, Treinamento com pesos",
    "Wheelchair": "; Rollstuhl, Rollstuhlfahrt; Course en fauteuil, Fauteuil roulant, Fauteuil; Silla de ruedas;"
    " Sedia a rotelle, Carrozzina; Rolstoel; Cadeira de rodas",
    "Windsurf": "Windsurfing; Windsurfen; Planche à voile; Windsurf; Windsurf; Windsurfen; Windsurfe",
    "Workout": "Training, General Workout; Training; Entraînement, Exercice; Entrenamiento; Allenamento; Training,"
    " Work-out; Treino, Treinamento",
    "Yoga": "; ; ; ; ; ; Ioga",
}

#: ``sport_type`` → more names, in Dutch, Russian, Ukrainian, Bulgarian, Serbian, Chinese and Japanese, as phones and
#: watches write them into files.
_MORE_WORDS: dict[str, str] = {
    "Hike": "Tocht, Trektocht, Поход, Хайкинг, Похід, Преход, Планинарење, 徒步, 健行, 远足, 遠足, 登山,"
    " ハイキング, 登山・ハイキング",
    "IceSkate": "Катание на коньках, 滑冰, 溜冰, アイススケート",
    "NordicSki": "Лыжи, Беговые лыжи, Лижі, 越野滑雪, クロスカントリースキー",
    "AlpineSki": "Горные лыжи, 滑雪, 高山滑雪, スキー",
    "Ride": "Fietstocht, Racefietsen, Wielrennen, Велосипед, Велоспорт, Езда на велосипеде, Велопрогулка,"
    " Їзда на велосипеді, Колоездене, Бициклизам, 骑行, 騎行, 骑车, 騎車, 自行车, 自行車, 單車, 户外骑行,"
    " 戶外騎行, 公路骑行, 室内骑行, サイクリング, 自転車, ロードバイク, ライド",
    "Rowing": "Гребля, 划船, 划船机, ローイング",
    "Run": "Lopen, Rennen, Hardloop, Hardlooptraining, Buiten hardlopen, Loopband, Indoor hardlopen, Laufband,"
    " Laufband-Lauf, Tapis de course, Course sur tapis, Cinta de correr, Cinta, Tapis roulant, Esteira,"
    " Passadeira, Бег, Пробежка, Бег трусцой, Бег на улице, Беговая дорожка, Бег на беговой дорожке,"
    " Бег в помещении, Біг, Пробіжка, Бігова доріжка, Бягане, Джогинг, Трчање, 跑步, 跑, 慢跑, 户外跑步,"
    " 戶外跑步, 室外跑步, 户外跑, 戶外跑, 路跑, 公路跑, 操场跑步, 室内跑步, 室內跑步, 室内跑, 跑步机, 跑步機,"
    " 跑步机跑步, ランニング, ジョギング, ラン, 屋外ランニング, 室内ランニング, トレッドミル, 屋内ランニング",
    "Swim": "Zwembad, Плавание, Плавання, Плуване, Пливање, 游泳, 泳池游泳, 公开水域游泳, 水泳, スイミング, スイム",
    "TrailRun": "Трейл, Трейлраннинг, Трейлранінг, 越野跑, 越野跑步, トレイルランニング, トレイルラン",
    "Walk": "Lopen wandelen, Wandeltocht, Ходьба, Прогулка, Ходіння, Ходене, Ходање, 步行, 走路, 散步, 健走,"
    " 户外步行, 戶外步行, ウォーキング, 散歩",
    "WeightTraining": "Силовая тренировка, Силове тренування, 力量训练, 力量訓練, 重量訓練, 筋力トレーニング, 筋トレ",
    "Workout": "Тренировка, Тренування, 训练, 訓練, 健身, ワークアウト, トレーニング",
    "Yoga": "Йога, 瑜伽, ヨガ",
}

_MAX_CHARS = 100


def sport_type_of(word: str) -> str | None:
    """Strava's ``sport_type`` for the name of a sport in any of the languages; None for an unknown name."""
    return _sport_types().get(name_key(word)) if len(word) <= _MAX_CHARS else None


def is_indoor_name(word: str) -> bool:
    """Whether the name of a sport says that it is done indoors."""
    key = name_key(word[:_MAX_CHARS])
    return any(part in key for part in _INDOOR_KEYS)


@cache
def _sport_types() -> dict[str, str]:
    types: dict[str, str] = {}
    for table in (_MORE_WORDS, SPORT_WORDS):
        types |= {name_key(word): sport for sport, words in table.items() for word in re.split("[,;]", words)}
    types |= {name_key(sport): sport for sport in SPORT_WORDS}
    types.pop("", None)
    return types


@lru_cache(maxsize=1024)
def name_key(word: str) -> str:
    """Letters and digits in lower case without accents: ``Course à pied`` becomes ``courseapied``."""
    return "".join(filter(str.isalnum, without_accents(word)))


def without_accents(text: str) -> str:
    """A text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


#: Parts of names that mean indoors.
_INDOOR_KEYS = tuple(map(name_key, (
    "indoor", "treadmill", "spinning", "laufband", "loopband", "tapis", "cintadecorrer", "esteira", "passadeira",
    "дорожк", "доріжка", "впомещении", "室内", "室內", "屋内", "跑步机", "跑步機", "划船机", "トレッドミル",
)))  # fmt: skip
