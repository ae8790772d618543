"""The work that nobody waits for: runs that are due, and what a server does in the background."""
