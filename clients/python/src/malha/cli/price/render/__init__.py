"""How answers about prices look on a terminal."""
