"""The tables of the responder's own database."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
