"""Invented residents and the people around them, for the demo's register.

Everybody here is made up. Telephone numbers are from the ranges Ofcom keeps for drama
(07700 900000-999, 01632 960000-999); addresses are in villages that do not exist; e-mail
ends in example.org, which belongs to nobody.
"""

from __future__ import annotations

import msgspec

from simulators.chance import chance


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to ask, in the order they are listed."""

    name: str
    relation: str
    phone: str
    email: str
    keyholder: bool = True
    minutes_away: int = 10


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as the TEC team would have written them up."""

    name: str
    born: int
    address: str
    phone: str
    hazards: tuple[str, ...]
    medical: str
    speak: str
    """How to speak with them."""
    access: str
    keysafe: str
    contacts: tuple[Contact, ...]


_FIRST = [
    "Dorothy",
    "Albert",
    "Joan",
    "Ronald",
    "Margaret",
    "Kenneth",
    "Sheila",
    "Dennis",
    "Beryl",
    "Stanley",
    "Jean",
    "Harold",
    "Audrey",
    "Norman",
    "Mavis",
    "Leslie",
    "Hilda",
    "Gordon",
    "Vera",
    "Cyril",
]
_LAST = [
    "Wareham",
    "Cranborne",
    "Purbeck",
    "Hinton",
    "Stour",
    "Chesil",
    "Marshwood",
    "Piddle",
    "Okeford",
    "Fontmell",
    "Winterborne",
    "Tarrant",
    "Loders",
    "Mappowder",
    "Hooke",
    "Powerstock",
    "Batcombe",
    "Minterne",
    "Frome",
    "Cerne",
]
_WOMEN = ["Susan", "Karen", "Linda", "Julie", "Alison", "Helen"]
_MEN = ["Peter", "David", "Mark", "Andrew", "Paul", "Simon"]
_STREETS = ("Mill Lane", "Church Street", "The Green", "Orchard Close", "Drovers Way", "Back Lane")
_VILLAGES = ("Nether Combeworthy", "Stourfield St Mary", "Upper Larkhill Abbas")
_HAZARDS = (
    "Oxygen concentrator in the lounge: no naked flame",
    "Large friendly dog, may run out when the door opens",
    "Steep stone steps to the door, no handrail",
    "Hoards newspapers: narrow way through the hallway",
    "Deep freezer blocks the back door",
)
_MEDICAL = (
    "Insulin-dependent diabetes; hypoglycaemia twice last year",
    "Early dementia; may not recognise a stranger, answers to first name",
    "Takes a blood thinner: any blow to the head goes to hospital",
    "Heart failure; sleeps upright",
    "Osteoporosis; broke a hip two years ago",
)
_SPEAK = (
    "Slowly; hard of hearing on the right",
    "By first name; may not remember the last call",
    "As with anybody; likes a joke",
    "In short questions; speech is slow since the stroke",
)
_RELATIONS = {
    "daughter": _WOMEN,
    "son": _MEN,
    "niece": _WOMEN,
    "nephew": _MEN,
    "neighbour": _WOMEN + _MEN,
}


def person(seed: int, number: int) -> Person:
    """Person `number` of the world with that seed; names differ for the first twenty."""
    rng = chance("person", seed, number)
    first = _FIRST[number % len(_FIRST)]
    last = _LAST[(number * 7 + number // len(_FIRST)) % len(_LAST)]
    village = rng.choice(_VILLAGES)
    return Person(
        name=f"{first} {last}",
        born=rng.randint(1931, 1949),
        address=f"{rng.randint(1, 48)} {rng.choice(_STREETS)}, {village}",
        phone=_landline(rng.randint(0, 999)),
        hazards=tuple(rng.sample(_HAZARDS, rng.randint(0, 2))),
        medical=rng.choice(_MEDICAL),
        speak=rng.choice(_SPEAK),
        access=rng.choice(("Keysafe left of the front door", "Keysafe behind the gas meter")),
        keysafe=f"{rng.randint(0, 9999):04d}",
        contacts=tuple(_contact(seed, number, place, last) for place in range(rng.randint(2, 3))),
    )


def _contact(seed: int, number: int, place: int, last: str) -> Contact:
    rng = chance("contact", seed, number, place)
    near = ("daughter", "son")
    relation = rng.choice(near if place == 0 else ("neighbour", "niece", "nephew"))
    first = _RELATIONS[relation][(number + place * 2) % len(_RELATIONS[relation])]
    family = rng.choice(_LAST) if relation == "neighbour" else last
    return Contact(
        name=f"{first} {family}",
        relation=relation,
        phone=f"+44 7700 900{rng.randint(0, 999):03d}",
        email=f"{first}.{family}@example.org".lower(),
        keyholder=place != 2,
        minutes_away=rng.randint(3, 40),
    )


def _landline(last_digits: int) -> str:
    return f"+44 1632 960{last_digits:03d}"
