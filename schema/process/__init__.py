"""The service process in GraphQL: flows, cases and their steps, the board, and the journey map."""
