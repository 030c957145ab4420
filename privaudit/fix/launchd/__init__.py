"""Fixes on macOS: a job file rewritten byte for byte, launchctl(1) with its waits, and the plan over both."""
