"""The quality of what is known of customers: what is missing or out of date, the queue of what is to be cleaned, and
what we learn when we ask the customers themselves. Thresholds are the standard's."""
