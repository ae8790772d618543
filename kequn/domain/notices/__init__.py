"""What customers are told: `outbox.tell` queues a notice, `policy` says whether somebody may be told something now, and
`sending` sends what may go. Whoever wants to tell a customer something comes here, and nobody else writes to them."""
