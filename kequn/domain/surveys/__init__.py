"""Surveys 满意度调查. `questions` is what can be asked and answered, `keeping` how surveys are made, `inviting` whom
they ask and when, `answering` what is said through a link or on the phone; `statistics`, `drivers` and `opinions` are
what can be made of answers, and `results` puts that together."""
