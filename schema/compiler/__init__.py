"""One operation, one statement: from a GraphQL query to SQL that builds its JSON answer in the database. What cannot be
said so is left to ordinary execution, which gives the same answer."""
