"""HTTP: the app, who is asking, GraphQL and its page, webhooks, health. Starts no work itself: a webhook leaves a hint,
a mutation a run; workers pick them up."""

from api.app import build, end_streams

__all__ = ["build", "end_streams"]
