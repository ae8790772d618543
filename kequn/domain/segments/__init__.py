"""Segments: conditions on customers, kept under a name. `membership.members` says who is in one now, for whoever needs
it; `keeping` is how people make them, `evaluating` notes who came and went."""
