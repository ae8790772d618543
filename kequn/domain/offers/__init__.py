"""Offers 优惠: to whom something is offered, at what cost, and what came of it. `making` is how they go, `measuring`
their result by class and stage."""
