"""The tables of the detectors' own database."""

from __future__ import annotations

from sqlalchemy import MetaData

from telecare.store.lane import lane_table

metadata = MetaData()
lane_record = lane_table(metadata)
