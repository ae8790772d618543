"""Offers and trials in GraphQL, each with what came of it."""
