"""Care: what a customer is to get, when somebody is to be in touch, and what becomes of the tasks that follow.
`getting` says what and how often, `calendar` on which days, `planning` makes the tasks, `tasks` is how they go,
`programme` what members enjoy."""
