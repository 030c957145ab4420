"""Which move of the catalogue is carried out by which module."""

from collections.abc import Mapping

from privaudit.fix.moves import Move, drop_in

MOVES: Mapping[str, Move] = {"drop-in": drop_in.change}
"""`never` has no module: it is refused with the profile's reason."""
