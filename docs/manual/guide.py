#!/usr/bin/env python3
"""A guide as doxygen reads it: docs/manual/guide.py docs/LANGUAGE/GUIDE.md

Each page and each section gets a name of its own, so that links lead to sections too, and a page
begins with the way to the same page in the other language. A section is called in both languages
as GitHub calls it in English. Links out of docs lead nowhere in the HTML and become plain text,
and the one diagram that GitHub draws from its text becomes a table of its arrows.
"""

import re
import sys
from pathlib import Path

NAMES = {"en": "English", "zh-CN": "中文"}
GUIDES = {"en": "All guides", "zh-CN": "全部指南"}
HEADS = {"en": "| where | goes on to |", "zh-CN": "| 位置 | 接着到 |"}
FENCED = re.compile(r"^```.*?^```$\n?", re.M | re.S)
HEADING = re.compile(r"^(#+) (.*)$", re.M)
LINK = re.compile(r"(!?)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s]*)\)")


def anchors(path):
    """Those that GitHub gives to a page's headings, in their order."""
    found = []
    for _, heading in HEADING.findall(FENCED.sub("", path.read_text(encoding="utf-8"))):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        again = sum(re.fullmatch(re.escape(anchor) + r"(-\d+)?", other) is not None for other in found)
        found.append(f"{anchor}-{again}" if again else anchor)
    return found


def label(path, section=0):
    """What doxygen is told to call a page or one of its sections."""
    page = f"{path.parent.name[:2]}-{path.stem}"
    if section == 0:
        return page
    return f"{page}-{anchors(path.parents[1] / 'en' / path.name)[section]}"


def link(path, match):
    picture, text, to = match.groups()
    if picture:
        return f"![{text}]({Path(to).name})"  # doxygen is told where pictures lie
    if "://" in to:
        return match[0]
    file, _, anchor = to.partition("#")
    page = path.parent / file if file else path
    if "/" in file or not page.is_file():
        return text
    section = anchors(page).index(anchor) if anchor else 0
    return f"[{text}](@ref {label(page, section)})"


def arrows(language, diagram):
    """A Mermaid flowchart as a table: each box, and where its arrows go."""
    boxes = re.findall(r'^ *(\w+)\["(.*)"\]$', diagram, re.M)
    begins = {box: re.split("[:,]", text)[0] for box, text in boxes}
    rows = []
    for box, text in boxes:
        found = re.findall(rf"^ *{box} -->(?:\|(.*)\|)? (\w+)$", diagram, re.M)
        to = [begins[end] + (f" ({how})" if how else "") for how, end in found]
        rows.append(f"| {text} | {', '.join(to)} |")
    return "\n".join([HEADS[language], "|---|---|", *rows, ""])


def guide(path):
    text = path.read_text(encoding="utf-8")
    kept = []

    def keep(code):
        kept.append(code[0])
        if code[0].startswith("```mermaid"):
            kept[-1] = arrows(path.parent.name, code[0])
        # Doxygen loses the beginning of code that stands at a Chinese character and begins with a dot.
        if code[0].startswith("`.") and code.string[:code.start()][-1:] > "~":
            kept[-1] = f" {code[0]}"
        # A single quote would end code that begins with one backtick.
        if "'" in code[0] and not code[0].startswith("``"):
            kept[-1] = f"`{code[0]}`"
        return f"\0{len(kept) - 1}\0"

    text = re.sub(r"`[^`]*`", keep, FENCED.sub(keep, text))
    text = LINK.sub(lambda m: link(path, m), text)
    # C# would be a reference or a heading's end, and a % before a Chinese comma would be lost.
    text = re.sub(r"(?<=\w)#", r"\\#", text)
    text = re.sub(r"#$|%(?=[^\s\w])", r"\g<0>&zwnj;", text, flags=re.M)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)  # else none before a Chinese comma
    sections = iter(range(len(anchors(path))))
    text = HEADING.sub(lambda m: f"{m[0]} {{#{label(path, next(sections))}}}", text)
    text = re.sub(r"\0(\d+)\0", lambda m: kept[int(m[1])], text)
    other = next(language for language in NAMES if language != path.parent.name)
    twin = label(path.parents[1] / other / path.name)
    title, rest = text.split("\n", 1)
    ways = f"[{GUIDES[path.parent.name]}](@ref {path.parent.name[:2]}) · [{NAMES[other]}](@ref {twin})"
    return f'{title}\n\n<div class="ways">{ways}</div>\n{rest}'


sys.stdout.reconfigure(encoding="utf-8")
print(guide(Path(sys.argv[1])), end="")
