"""Text as systems write it -> typed values: one module per kind of value, pure functions over whole columns.

Here: dates, numbers, booleans, currencies, ids, closed lists of words. Every reader keeps what it could not read apart (reading.py).
Not here: which field is of which kind (cleaning/records.py), fields with rules of their own such as names and credit codes (cleaning/).
"""
