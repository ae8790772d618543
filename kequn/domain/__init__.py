"""The rules of the business, a file per noun. Every function that changes something takes an `Actor` and checks what
it may; every one that reads takes a scope. Knows neither GraphQL nor the CRMs."""
