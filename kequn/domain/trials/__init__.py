"""Trials A/B 测试: two ways to care, tried on customers who are given one or the other by chance. `making` is how they
go, `measuring` what came of each, `intervals` how sure the difference is."""
