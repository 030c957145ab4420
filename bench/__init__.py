"""What privaudit costs beside its peers and beside the floor: `python -m bench.census` and its neighbours."""
