"""Zoho's fields and ours, both directions, each field declared once. Pure: no request is made here."""
