"""Care in GraphQL: its plan, the membership as a member sees it, and what other types have of processes and offers."""
