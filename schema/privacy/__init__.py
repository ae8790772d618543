"""Personal information in GraphQL: consent, what stands about a person, erasing it, and how long things are kept."""
