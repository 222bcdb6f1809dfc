"""What the pages of responders say that does not stand in their templates: endings, refusals.

Gathered here for translation; the duty itself speaks English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from telecare.vocabulary import Outcome

Words = Callable[[str], str]


def ending_words(_: Words) -> Mapping[Outcome, str]:
    """How a visit may end, in a responder's words and in their order."""
    return {
        Outcome.RESPONDER_ATTENDED: _("responder attended"),
        Outcome.AMBULANCE: _("ambulance"),
        Outcome.FOUND_SAFE: _("found safe"),
        Outcome.GP_OR_111: _("GP or 111"),
        Outcome.POLICE: _("police"),
        Outcome.FALSE_ALARM: _("false alarm"),
        Outcome.EQUIPMENT_FAULT: _("equipment fault"),
        Outcome.NO_ONE_FOUND: _("no one found, escalated"),
    }


def refusal_words(_: Words, refusal: str) -> str:
    """Why an act on a job, or unlocking, was refused; as it is where nobody foresaw it."""
    known = (
        _("Somebody else has the job, or it is over. You need not go."),
        _("You were not asked to take this job."),
        _("Take the job first; or somebody else has it by now."),
        _("Whoever takes this job must end the other one they have first."),
        _("You have arrived: say how it ended when you leave, or ask for help."),
        _("Say first that you have arrived."),
        _("Say how it ended, and at most one line of text."),
        _("That is not the code of this home. Look at the card once more."),
        _("Too many wrong codes: press the resident's unit instead."),
        _("The code is shown from your arrival until you leave, and on record."),
        _("The code is shown to a responder who has arrived, and on record."),
        _("This is neither your PIN nor your password; try again."),
        _("Type the code of your authenticator too, or a recovery code."),
        _("This code is not the one of now; try the next."),
    )
    said = _(refusal)
    return said if said in known else refusal
