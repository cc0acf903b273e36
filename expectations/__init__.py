"""Inspections at the borders: what only a table as a whole can be wrong about.

Here: the suites, the numbers they are held to, and running them.
Not here: what one row can be wrong about (tests beside each dbt model), what one value can be (ingest/cleaning).
"""
