"""Whom to ask: people, plans, rotas, ways and hours."""
