"""The key figures of a period, of all customers or of those of a department or segment: how content and loyal they are
and whether they stay (with retention.py), what was complained of, what was sold, what they need,
where they come from."""
