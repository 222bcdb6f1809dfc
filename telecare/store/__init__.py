"""Where things are kept: sessions on SQLite or PostgreSQL, and the lanes."""
