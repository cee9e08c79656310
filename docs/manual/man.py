#!/usr/bin/env python3
"""Writes the man pages of ytx.h from doxygen's XML: docs/manual/man.py XML-FOLDER MAN-FOLDER

Each function and each type has a page, and libytx(3) has the conventions. The constants of a part
of the header stand on the page of its first type, or else of its first function; their own pages
are links to it.

Doxygen's own man output was tried, with a filter that makes each function a group, for otherwise
it is one long page. It writes "%s\\n" of an example so that man shows "%s0", makes links for every
field (json.3, log.3, type.3), gives each page its own name for its one-line description, and a
date that mandoc cannot read; and a filter can neither take that away nor add the sections that it
lacks (ERRORS, THREADS, CONSTANTS, SEE ALSO) but by writing roff into the comments.
"""

import os
import re
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

WIDTH = 72  # of what is not filled; a terminal of 80 columns shows it indented
HEADER = "\\fB#include <ytx.h>\\fP"
LINK_LINE = "cc program.c $(pkg-config --cflags --libs ytx)"
APART = ("programlisting", "parameterlist", "simplesect")  # what is no part of a sentence


SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def escape(text):
    """Text as roff shows it, character by character."""
    return "".join(SPECIAL.get(character, character) for character in text)


def prose(text):
    """The same for running text, where a hyphen and an apostrophe are what they seem."""
    text = text.replace("\\", "\\e")
    return re.sub(r"(?<![A-Za-z])-", r"\\-", text)


def line(text):
    """A line of roff that is no request, whatever it begins with."""
    return "\\&" + text if text[:1] in (".", "'") else text


def plain(element):
    return " ".join("".join(element.itertext()).split())


class Member:
    """A function, type or constant of the header."""

    def __init__(self, element, compound=False):
        self.element = element
        self.id = element.get("id")
        self.kind = element.get("kind")
        self.name = element.findtext("compoundname" if compound else "name")
        self.brief = element.find("briefdescription")
        self.details = element.find("detaileddescription")
        self.page = self.name

    def params(self):
        """The parameters as (type, name)."""
        params = [p for p in self.element.findall("param") if p.find("declname") is not None]
        return [(plain(p.find("type")), p.findtext("declname")) for p in params]

    def has_status(self):
        """Whether it tells how it ended."""
        outcomes = [kind for kind, _ in self.params()]
        return "ytx_status *" in outcomes or plain(self.element.find("type")) == "ytx_status"

    def value(self):
        value = self.element.findtext("initializer").strip("()")
        return "" if "{" in value else f" ({escape(value)})"


class Manual:
    """All that doxygen has read."""

    def __init__(self, folder):
        self.folder = folder
        index = ElementTree.parse(folder / "index.xml").getroot()
        groups = [c.get("refid") for c in index if c.get("kind") == "group"]
        groups = sorted(map(self.group, map(self.compound, groups)), key=lambda group: group[0])
        self.groups = [members for _, members in groups]
        self.members = {member.id: member for members in self.groups for member in members}
        self.main = self.compound("indexpage")
        version = next(m for m in self.members.values() if m.name == "YTX_VERSION")
        self.version = version.element.findtext("initializer").strip('"')
        for members in self.groups:
            pages = [m for m in members if m.kind != "define"]
            home = next((m for m in pages if m.kind != "function"), pages[0])
            for constant in members:
                if constant.kind == "define":
                    constant.page = home.name

    def compound(self, refid):
        return ElementTree.parse(self.folder / f"{refid}.xml").getroot().find("compounddef")

    def group(self, compound):
        """A part of the header: its first line and its members."""
        members = [Member(element) for element in compound.iter("memberdef")]
        structs = [c.get("refid") for c in compound.findall("innerclass")]
        structs = [Member(self.compound(refid), compound=True) for refid in structs]
        lines = [int(m.element.find("location").get("line")) for m in members]
        return min(lines), structs + members


class Page:
    """One man page, as it is written."""

    def __init__(self, manual, name, brief, synopsis):
        self.manual = manual
        self.name = name
        self.related = set()  # the names of other pages
        self.lines = [
            f".TH {name} 3 {date()} \"libytx {manual.version}\" \"libytx manual\"",
            ".nh",
            ".ad l",
        ]
        brief = brief[0].lower() + brief[1:].rstrip(".")
        self.section("NAME", f"{name} \\- {prose(brief)}")
        self.section("SYNOPSIS", ".nf", HEADER, *[""] * bool(synopsis), *synopsis, ".fi", ".PP")
        self.lines.append(escape(LINK_LINE))

    def section(self, title, *lines):
        self.lines += [f".SH {title}", *lines]

    def inline(self, element):
        """The text of an element, references and all; not what follows it."""
        parts = [prose(element.text or "")]
        for child in element:
            parts.append(self.reference(child) if child.tag == "ref" else self.styled(child))
            parts.append(prose(child.tail or ""))
        return "".join(parts)

    def reference(self, ref):
        member = self.manual.members.get(ref.get("refid"))
        text = plain(ref)
        if member is None:
            return prose(text)
        if member.page != self.name:
            self.related.add(member.page)
        if member.kind == "function":
            return f"\\fB{escape(member.name)}\\fP" + ("()" if member.name == self.name else "(3)")
        return f"\\fB{escape(text)}\\fP"

    def styled(self, element):
        if element.tag == "htmlonly":
            return ""
        font = {"computeroutput": "B", "bold": "B", "emphasis": "I", "ulink": "R"}.get(element.tag)
        if font is None:
            self.give_up(f"<{element.tag}> is none of what it can write")
        return f"\\f{font}{self.inline(element)}\\fP"

    def paragraph(self, element):
        """Each sentence on a line of its own, as roff wants it."""
        text = " ".join(self.inline(element).split())
        return [line(sentence) for sentence in re.split(r"(?<=[.?!]) (?=[A-Z0-9\\\"])", text)]

    def item(self, term, *descriptions):
        """A term and its explanation, in whole sentences. What doxygen calls the brief description
        is the first sentence of a paragraph that the next description goes on with."""
        self.lines += [".TP", term]
        for description in descriptions:
            for index, paragraph in enumerate(description.findall("para")):
                self.lines += [".IP"] * (index > 0) + sentences(self.paragraph(paragraph))

    def body(self, description, examples=None):
        """Paragraphs; the C code goes to `examples`, if those are to stand apart."""
        for paragraph in description.findall("para"):
            parts = [part for part in paragraph if part.tag in APART]
            for part in parts:
                if part.tag != "programlisting":
                    continue  # parameters and the like have sections of their own
                if part.get("filename") == ".c" and examples is not None:
                    examples.append(code(part))
                else:
                    self.lines += [".PP", *code(part)]
            if not parts:
                self.lines += [".PP"] * (not self.lines[-1].startswith(".SH"))
                self.lines += sentences(self.paragraph(paragraph))
            elif "".join([paragraph.text or "", *(part.tail or "" for part in parts)]).strip():
                self.give_up(f"no empty line beside <{parts[0].tag}>")

    def constants(self, group):
        """Those of a part of the header, if this is their page."""
        constants = [m for m in group if m.kind == "define" and m.page == self.name]
        if constants:
            self.section("CONSTANTS")
        for constant in constants:
            self.constant(constant)

    def constant(self, constant):
        self.item(f"\\fB{constant.name}\\fP{constant.value()}", constant.brief, constant.details)

    def see_also(self):
        names = [*sorted(self.related - {self.name}), "libytx"]
        self.section("SEE ALSO", *(f"\\fB{name}\\fP(3)," for name in names))
        self.lines[-1] = self.lines[-1].rstrip(",")

    def give_up(self, reason):
        raise SystemExit(f"docs/manual/man.py: {self.name}: {reason}")

    def write(self, folder):
        (folder / f"{self.name}.3").write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def sentences(lines):
    """What a comment says of a parameter in half a sentence, as a whole one."""
    first, last = lines[0], lines[-1]
    if re.match(r"[a-z]+\b(?!\()", first):
        lines = [first[0].upper() + first[1:], *lines[1:]]
    if last[-1] not in ".:":
        lines = [*lines[:-1], lines[-1] + "."]
    return lines


def code(listing):
    """A listing, word for word."""
    text = []
    for codeline in listing.findall("codeline"):
        for space in codeline.iter("sp"):
            space.text = " "
        text.append(line(escape("".join(codeline.itertext()))))
    return [".RS 2", ".EX", *text, ".EE", ".RE", ".nh"]  # .EE has switched hyphens on again


def date():
    """That of the header, unless the builder says when the source is from."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or os.stat("include/ytx.h").st_mtime
    return time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))


def declaration(kind, name):
    """A C declaration, and the same in roff."""
    kind += "" if kind.endswith("*") else " "
    return kind + name, f"{escape(kind)}\\fI{name}\\fB"


def prototype(function):
    """The lines of a function's declaration: as many parameters on each as fit."""
    start, _ = declaration(plain(function.element.find("type")), function.name + "(")
    lines, roff, column = [], escape(start), len(start)
    params = [declaration(kind, name) for kind, name in function.params()] or [("void", "void")]
    for index, (text, styled) in enumerate(params):
        end = ", " if index + 1 < len(params) else ");"
        if index > 0 and column + len(text + end.strip()) > WIDTH:
            lines.append(roff.rstrip())
            roff, column = " " * len(start), len(start)
        roff, column = roff + styled + end, column + len(text + end)
    return [f"\\fB{text}\\fP" for text in [*lines, roff]]


def function_page(manual, function, group):
    page = Page(manual, function.name, plain(function.brief), prototype(function))
    examples = []
    page.section("DESCRIPTION")
    page.body(function.brief)
    page.body(function.details, examples)
    items = list(function.details.iter("parameteritem"))
    if items:
        page.section("PARAMETERS")
    for item in items:
        page.item(f"\\fI{item.findtext('.//parametername')}\\fP", item.find("parameterdescription"))
    for result in function.details.iter("simplesect"):
        page.section("RETURN VALUE")
        page.body(result)
    if function.has_status():
        errors(page, function)
    page.constants(group)
    page.section("THREADS")
    threads = next(s for s in manual.main.iter("sect2") if s.findtext("title") == "Threads")
    page.lines += page.paragraph(threads.find("para"))
    for example in examples:
        page.section("EXAMPLE", *example)
    return page


def errors(page, function):
    """The statuses that the function's comment says it may end with."""
    page.section("ERRORS")
    lists = [*function.details.iter("parameterlist"), *function.details.iter("simplesect")]
    named = {ref.get("refid") for part in lists for ref in part.iter("ref")}
    for status in page.manual.members.values():
        failure = status.kind == "define" and status.page == "ytx_status" and status.name != "YTX_OK"
        if failure and status.id in named:
            page.constant(status)
    page.lines += [".PP"] * (not page.lines[-1].startswith(".SH"))
    page.lines += ["All statuses are listed in", "\\fBytx_status\\fP(3)."]
    page.related.add("ytx_status")


def type_page(manual, member, group):
    fields = [Member(element) for element in member.element.iter("memberdef")]
    fields = fields if member.kind == "struct" else []
    if fields:
        synopsis = [f"\\fBtypedef struct {member.name} {{\\fP"]
        for field in fields:
            kind = plain(field.element.find("type")).replace("(*", " (*")
            rest = escape(field.element.findtext("argsstring") or "")
            synopsis.append(f"  \\fB{declaration(kind, field.name)[1]}{rest};\\fP")
        synopsis.append(f"\\fB}} {member.name};\\fP")
    else:
        synopsis = [f"\\fB{escape(member.element.findtext('definition'))};\\fP"]
    page = Page(manual, member.name, plain(member.brief), synopsis)
    page.section("DESCRIPTION")
    page.body(member.brief)
    page.body(member.details)
    if fields:
        page.section("FIELDS")
    for field in fields:
        page.item(f"\\fI{field.name}\\fP", field.brief, field.details)
    page.constants(group)
    return page


def main_page(manual):
    name, brief = manual.main.findtext("title").split(": ")
    page = Page(manual, name, brief, [])
    page.section("DESCRIPTION")
    description = manual.main.find("detaileddescription")
    page.body(description)
    for section in description.findall("sect2"):
        page.section(section.findtext("title").upper())
        page.body(section)
    page.section("FUNCTIONS AND TYPES")
    for group in manual.groups:
        for member in group:
            if member.kind != "define":
                page.item(f"\\fB{member.name}\\fP(3)", member.brief)
    return page


def main(xml, folder):
    manual = Manual(Path(xml))
    main_page(manual).write(Path(folder))
    pages = []
    for group in manual.groups:
        for member in group:
            if member.kind == "function":
                pages.append(function_page(manual, member, group))
            elif member.kind != "define":
                pages.append(type_page(manual, member, group))
            else:
                (Path(folder) / f"{member.name}.3").symlink_to(f"{member.page}.3")
        siblings = {member.page for member in group}
        for page in pages[-len(siblings):]:
            page.related |= siblings
    for page in pages:
        page.see_also()
        page.write(Path(folder))


main(*sys.argv[1:])
