"""Benefits 专属福利. `offering` is how they are made and published, `eligibility` who may claim one and why not,
`claiming` the claims, `days` the calendar, `effect` what came of one, `recommending` what fits a customer, and
`incentives` the rules by which members earn points."""
