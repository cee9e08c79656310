"""Reads the HTML of the manual: tests/manual/pages.py HTML-FOLDER

Each link leads to a page that is there and to a place in it, and each guide is there to the letter.
Doxygen checks its own links only, and loses text without a word: a % or a ** at a Chinese character,
the # of C#, code that has a single quote in it.
"""

import difflib
import html
import re
import sys
from pathlib import Path


def letters(text):
    """Without what Markdown is written in, and without spaces."""
    return re.sub(r"[\s`*|\u200c]", "", text)


def of_guide(text):
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"^```mermaid.*?^```$", "", text, flags=re.M | re.S)  # it becomes a table
    text = re.sub(r"^```.*$", "", text, flags=re.M)
    text = re.sub(r"^\|[-:|]+\|$", "", text, flags=re.M)
    text = re.sub(r"^ *(#+|\d+\.|-) ", "", text, flags=re.M)
    return letters(re.sub(r"!?\[((?:[^\]\[]|\[[^\]]*\])*)\]\([^)\s]*\)", r"\1", text))


def of_page(text, without_table):
    title = re.search(r'<div class="title">(.*?)</div>', text)[1]
    text = text[text.index('<div class="contents">') : text.index("<!-- contents -->")]
    text = re.sub(r'<div class="ways">.*?</div>', "", text)
    text = re.sub(r'^<div class="ttc".*$', "", text, flags=re.M)  # shown over a name in code
    text = re.sub(r"<table.*?</table>", "", text, count=without_table, flags=re.S) if without_table else text
    return letters(html.unescape(re.sub(r"<[^>]*>", "", title + text)))


def differences(guide, page):
    text = guide.read_text(encoding="utf-8")
    want = of_guide(text)
    have = of_page(page.read_text(encoding="utf-8"), int("```mermaid" in text))
    if want == have:
        return []
    matcher = difflib.SequenceMatcher(None, want, have, autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    return [f"{guide}: {want[a - 9 : b + 9]!r} became {have[c - 9 : d + 9]!r}" for _, a, b, c, d in changes]


def unread(name, text):
    """Bold text that stayed Markdown, which differences() does not see. Code may hold two stars."""
    text = re.sub(r'<code>.*?</code>|<div class="line">.*', "", text)
    return [f"{name}: {found!r}" for found in re.findall(r"\*\*.{,20}", text)]


def dead_links(pages):
    places = {name: set(re.findall(r'(?:id|name)="([^"]+)"', text)) for name, text in pages.items()}
    count, dead = 0, []
    for name, text in pages.items():
        for page, place in re.findall(r'href="([^":#]*\.html)?(?:#([^"]*))?"', text):
            count += 1
            if (page or name) not in pages or place and place not in places[page or name]:
                dead.append(f"{name}: a link to {page}#{place}")
    return dead if count > 1000 else [f"{count} links are too few"]


def main(folder):
    pages = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.html")}
    faults = dead_links(pages)
    for guide in sorted(Path("docs").glob("*/*.md")):
        name = f"{guide.parent.name[:2]}-{guide.stem}.html"
        faults += differences(guide, folder / name) + unread(name, pages[name])
    sys.exit("\n".join(faults) or None)


main(Path(sys.argv[1]))
