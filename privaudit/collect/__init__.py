"""Facts: from a host to the model's values; a pure parser and a thin reader each."""
