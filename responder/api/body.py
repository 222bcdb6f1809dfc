"""What a request's body is, whatever it says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Unknown fields are refused, so that a misspelt one is noticed; spaces around go."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
