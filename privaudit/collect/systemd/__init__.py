"""systemd: what its managers loaded where they run, and what they would load from files where not."""
