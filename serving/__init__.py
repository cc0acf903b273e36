"""Handing the audited result to its readers: the published copy, the questions it answers, the dashboard on it.

Here: what happens after every check passed. Not here: the tables themselves (dbt_project), the checks (expectations).
"""
