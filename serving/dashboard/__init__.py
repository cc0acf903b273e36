"""The dashboard on the published copy: one page, on this machine only.

Here: app.py, which draws, and .streamlit/config.toml, which Streamlit reads because it lies beside the page.
Not here: the figures (serving/questions.py).
"""
