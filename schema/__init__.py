"""The GraphQL surface, a file per noun. Resolvers only ask and shape: rules stand in kequn.domain, SQL in
statements.py. `execution.execute` answers a request, `execution.sdl` prints the schema."""
