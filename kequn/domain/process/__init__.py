"""The service process 服务流程: `flows` say how customers are served, step by step; `cases` are customers on that way;
`drawing` shows both as diagrams, `journey` what customers meet on it."""
