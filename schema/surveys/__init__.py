"""Surveys 满意度调查 in GraphQL."""
