"""Plans and their execution: reversible changes."""
