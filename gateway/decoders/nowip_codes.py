"""NOW-IP's (BS 8521-2) code tables, in our words."""

from __future__ import annotations

from telecare.vocabulary import AlarmType

ALARMS: dict[int, str] = {
    0: AlarmType.CANCEL, 10: AlarmType.PULL_CORD, 11: AlarmType.PULL_CORD, 12: "mat",
    13: AlarmType.DOOR_EXIT, 14: "movement", 15: AlarmType.DOOR_EXIT, 16: AlarmType.SMOKE,
    17: AlarmType.SMOKE, 18: AlarmType.BOGUS_CALLER, 19: AlarmType.PENDANT,
    20: AlarmType.PENDANT, 21: AlarmType.FALL, 22: AlarmType.FALL, 23: AlarmType.PANIC,
    24: AlarmType.PANIC, 25: AlarmType.PANIC, 26: AlarmType.CARBON_MONOXIDE, 27: AlarmType.GAS,
    28: "intruder", 29: AlarmType.FALL, 30: AlarmType.DOOR_EXIT, 31: AlarmType.DOOR_EXIT,
    32: AlarmType.HEAT, 33: AlarmType.LOW_TEMPERATURE, 34: AlarmType.HEAT,
    35: AlarmType.MEDICATION_MISSED, 36: "enuresis", 37: AlarmType.BED_EXIT, 38: "chair_exit",
    39: "occupancy", 40: "occupancy", 41: "occupancy", 42: "seizure", 43: "inactivity",
    44: "environment", 45: AlarmType.BED_EXIT, 46: "chair_exit", 47: AlarmType.FLOOD,
    48: AlarmType.FLOOD, 55: AlarmType.DOOR_EXIT, 56: AlarmType.DOOR_EXIT, 91: "assistance",
}  # fmt: skip
"""What an alarm with an event code asks for."""

TROUBLE: dict[int, str] = {
    49: "lighting", 50: "heating", 51: "mains_failure", 52: "power_supply", 53: "battery_low",
    61: "radio_receiver", 62: "line_failure", 63: "line_failure",
}  # fmt: skip
"""Events of the equipment itself."""

FACTS: dict[int, str] = {
    54: "duty_switch", 57: "system_status", 58: "test", 59: "telephone_unit",
    60: "telephone_unit", 64: "under_test", 90: "service_provider", 97: "acknowledged",
    98: "presence", 99: "service_completed",
}  # fmt: skip

FAULTY: dict[int, str] = {
    5: "fault", 6: "fault", 7: "battery_low", 9: "out_of_service",
}  # fmt: skip
"""Status codes that say the device itself needs looking after, whatever the event."""

ROOMS: dict[int, str] = {
    2: "hallway", 3: "hallway", 4: "stairs", 5: "stairs", 6: "landing",
    **dict.fromkeys(range(7, 11), "bedroom"), **dict.fromkeys(range(11, 14), "living-room"),
    **dict.fromkeys(range(14, 17), "dining-room"), 17: "bathroom", 18: "bathroom",
    **dict.fromkeys(range(19, 22), "toilet"), **dict.fromkeys(range(22, 25), "kitchen"),
    25: "utility-room", 26: "utility-room", 27: "lobby", 28: "front-door", 29: "front-door",
    30: "back-door", 31: "back-door", 32: "garage", 33: "garage",
    **dict.fromkeys(range(39, 42), "common-room"), **dict.fromkeys(range(42, 45), "lift"),
    45: "gate", 46: "gate", **dict.fromkeys(range(50, 53), "garden"), 53: "cellar",
    56: "boiler-room", 57: "attic",
}  # fmt: skip
"""Location codes that name a room."""
