"""Benefits 专属福利 in GraphQL."""
