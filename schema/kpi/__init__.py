"""The key figures of a period in GraphQL."""
