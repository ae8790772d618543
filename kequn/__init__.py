"""kequn (客群): one GraphQL API over customers, groups, tiers and feedback, in two-way sync with several CRMs."""

__version__ = "0.1.0"
