"""How Alembic runs one owner's migrations, on a connection it is given."""

from __future__ import annotations

from alembic import context

from telecare.store.migrate import has, metadata_of

config = context.config
connection = config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata_of(config.attributes["owner"]),
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=lambda each, *_: has(connection.dialect.name, each),
    user_module_prefix="telecare.store.types.",
)
context.run_migrations()
