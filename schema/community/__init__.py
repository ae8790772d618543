"""The GraphQL surface of groups as they are run: types by family, their filters and orders made by asking.py, mutations
by acting.py."""
