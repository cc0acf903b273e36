"""What the static pages share: one file each, no script, no request to anywhere, every text of others made safe.

Here: head, headings, texts. Not here: what a page says (health_report.py, what_if_page.py).
"""

from html import escape

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def head(title: str, style: str) -> list[str]:
    """The lines up to the body. The browser is told by a content security policy to ask for nothing."""
    return [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{safe(title)}</title>",
        '<link rel="icon" href="data:,">',
        f"<style>{style}</style>",
        "</head>",
    ]


def heading(level: int, text: str, words: str) -> str:
    """A heading with the trade's Chinese word beside it."""
    return f"<h{level}>{safe(text)}{in_chinese(words)}</h{level}>"


def in_chinese(words: str | None) -> str:
    """The Chinese word of the trade, small; nothing where there is none."""
    return f'<span class="zh" lang="zh">{words}</span>' if words else ""


def safe(text: str) -> str:
    """Text of anybody, safe in elements and in attributes; what cannot be printed (a direction mark, a control character) is shown."""
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), quote=True)
