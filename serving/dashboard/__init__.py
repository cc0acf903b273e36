"""The dashboard on the published copy: one page, on this machine only.

Here: app.py, the page with its tabs; one module per tab (kpi.py, ownership.py with pairs.py, to_decide.py, territories.py); layout.py,
which they share; .streamlit/config.toml, which Streamlit reads because it lies beside the page.
Not here: the figures (serving/questions.py and its neighbours), sentences about a customer (serving/sentences.py).
"""
