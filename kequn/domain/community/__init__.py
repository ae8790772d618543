"""Groups as they are run: who may come in and how, by which rules, what is posted and held, what members did, and what
was learned from it. A file per noun; each writes its own tables, and memberships by the ordinary road."""
