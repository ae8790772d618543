"""Where everything is kept: tables, sessions, tenant scope, rows as records, links, the change log.
Knows no phase of the sync and no rule of the business."""
