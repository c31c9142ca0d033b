"""A page of a report, held against the report."""
