"""Templates 模板: JSON files beside this one, each a whole way of running a group, versioned. What they mean stands in
kequn/domain/community/templates.py."""
