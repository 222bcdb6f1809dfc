"""The register's own tables, gathered for its migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
