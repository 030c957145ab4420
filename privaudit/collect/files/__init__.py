"""Files: what lies on the way to a path, who can change it, and what a whole tree holds."""
