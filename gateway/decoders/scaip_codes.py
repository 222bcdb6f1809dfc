"""SCAIP's code tables, in our words. Codes are compared as integers: 2, 02 and 0002 are one."""

from __future__ import annotations

from telecare.vocabulary import AlarmType

ALARMS: dict[int, str] = {
    2: "local_unit", 3: AlarmType.PENDANT, 4: AlarmType.PULL_CORD, 5: AlarmType.FALL,
    6: AlarmType.PANIC, 7: AlarmType.PANIC, 10: "inactivity", 11: AlarmType.MEDICATION_MISSED,
    12: AlarmType.BED_EXIT, 13: "mat", 14: AlarmType.DOOR_EXIT, 15: AlarmType.DOOR_EXIT,
    16: "enuresis", 17: "seizure", 19: "heart_rate", 21: AlarmType.GAS, 23: AlarmType.SMOKE,
    24: AlarmType.LOW_TEMPERATURE, 25: AlarmType.HEAT, 26: AlarmType.CARBON_MONOXIDE,
    27: AlarmType.BOGUS_CALLER, 28: "intruder", 29: AlarmType.DOOR_EXIT, 30: AlarmType.FALL,
    33: AlarmType.FLOOD, 34: AlarmType.FLOOD, 36: AlarmType.DOOR_EXIT, 37: AlarmType.HEAT,
    44: "chair_exit", 46: "lift", 47: AlarmType.SMOKE, 48: "local_unit",
}  # fmt: skip
"""What an alarm message of a device type (`dty`) asks for."""

DEVICES: dict[int, str] = {
    0: "unknown", 1: "undefined", 2: "local unit and controller", 3: "personal trigger",
    4: "fixed trigger", 5: "fall detector", 6: "personal attack trigger", 7: "panic button",
    8: "remote duty switch", 9: "local duty switch", 10: "activity detector",
    11: "pill dispenser", 12: "bed monitor", 13: "mat", 14: "door", 15: "wandering",
    16: "enuresis", 17: "epilepsy", 18: "occupancy", 19: "heart rate", 20: "environmental",
    21: "gas", 22: "lighting circuit", 23: "smoke", 24: "heating", 25: "heat",
    26: "carbon monoxide", 27: "bogus caller", 28: "intruder", 29: "boundary",
    30: "automatic man-down", 31: "system monitor", 32: "communication link monitor",
    33: "flood", 34: "bath", 35: "latch key", 36: "perimeter", 37: "sprinkler", 38: "tamper",
    39: "printer", 40: "router", 41: "power supply", 43: "access controller",
    44: "chair monitor", 45: "controller", 46: "lift alarm", 47: "fire alarm system",
    48: "local unit", 49: "monitoring device", 50: "radio unit", 51: "tracking device",
}  # fmt: skip

BY_STATUS: dict[int, str] = {
    19: AlarmType.CANCEL, 81: AlarmType.MEDICATION_MISSED, 100: AlarmType.HEAT,
    101: AlarmType.LOW_TEMPERATURE, 110: "assistance", 126: AlarmType.HEAT,
}  # fmt: skip
"""Status codes (`stc`) that say more than the device type does."""

TROUBLE: dict[int, str] = {
    14: "battery_failure", 16: "battery_low", 23: "line_failure", 24: "line_failure",
    25: "line_failure", 26: "line_failure", 27: "line_failure", 31: "disconnected",
    **dict.fromkeys(range(32, 41), "error"), 42: "failure", 52: "radio_interference",
    65: "maintenance", 66: "maintenance", 67: "malfunction", 68: "memory_full",
    73: "offline", 78: "out_of_service", 85: "mains_failure", 95: "radio_interference",
    105: "trouble", 122: "radio_interference", 123: "radio_test_missing", 125: "tamper",
}  # fmt: skip
"""Status codes with which a device speaks of itself, not of a person."""

FACTS: dict[int, str] = {
    3: "absent", 5: "acknowledged", 15: "battery_ok", 20: "charged", 21: "closed",
    30: "disarmed", 48: "in_service", 70: "normal", 75: "online", 82: "pill_reminder",
    83: "pill_taken", 86: "mains_restored", 87: "presence", 88: "presence", 91: "restored",
    92: "reset", 93: "reset", 94: "restored", 102: "test", 103: "test", 111: "presence",
    112: "restored", 113: "restored", 114: "restored", 115: "restored", 116: "restored",
    121: "presence", 124: "restored",
}  # fmt: skip
"""Status codes that say all is well, even in an alarm message."""

ABSENT = 3
WATCHED: dict[int, str] = {12: AlarmType.BED_EXIT, 18: "occupancy", 44: "chair_exit"}
"""Devices whose alarm is that somebody is absent: there the code is no good news."""

ROOMS: dict[int, str] = {
    10: "basement", 11: "bathroom", 12: "bedroom", 13: "dining-room", 15: "garage",
    16: "garden", 17: "back-garden", 18: "front-garden", 20: "gym", 21: "kitchen",
    22: "laundry", 23: "relaxing-room", 24: "sauna", 25: "stairs", 26: "study", 27: "workshop",
    28: "loft", 29: "shed", 37: "bathroom", 38: "door", 39: "front-door", 40: "back-door",
    41: "fire-door", 42: "hallway", 43: "living-room", 46: "lounge", 47: "communal-area",
    48: "office", 51: "ward", 52: "wing",
}  # fmt: skip
"""Location codes (`lco`) that name a room."""

STATUS_WORDS: dict[int, str] = {
    0: "unknown", 1: "undefined", 2: "abort", 4: "accepted", 6: "activated", 7: "active",
    9: "automatic alarm", 10: "manual alarm", 11: "alert", 12: "armed", 19: "cancel",
    22: "closed too long", 46: "high level", 63: "loss", 64: "low level", 71: "occupied",
    76: "open", 77: "open too long", 81: "pill not taken", 89: "privacy switch",
    104: "time-out", 106: "trespass", 107: "unauthorised access", 110: "assistance",
    117: "lying in bed", 119: "movement", 120: "occupancy", 127: "unlocked",
}  # fmt: skip
"""Further status codes, as an operator reads them."""
