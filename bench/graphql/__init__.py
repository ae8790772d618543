"""The GraphQL endpoint beside its peers, on the same rows: `python -m bench.graphql`. Ratios within one run count."""
