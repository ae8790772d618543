"""Service 客户服务. `tickets` is what becomes of feedback, graded by `grading`, by the versions of `standards`, within
`hours`; `measuring` says how standards are kept and what staff do; `crises` and `trainings` are as named."""
