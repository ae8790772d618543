"""What kequn's endpoint is measured against: a file per peer, each a server of its own."""
