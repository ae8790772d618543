"""The sync engine, a file per phase: pull, match, merge, plan, guard, apply, push. Deciding (merge, plan, guard) is
pure; doing (match, apply, push) reads and writes the store. Knows no CRM: all it must know stands in Capabilities."""
