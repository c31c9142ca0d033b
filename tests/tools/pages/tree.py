"""HTML as a tree of elements."""

from html.parser import HTMLParser

VOID = ("meta", "link", "br", "hr", "img", "input")


class Element:
    def __init__(self, name, attributes):
        self.name, self.attributes, self.children = name, dict(attributes), []

    def get(self, key, default=""):
        return self.attributes.get(key, default)

    def has_class(self, word):
        return word in self.get("class", "").split()

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, name=None, word=None):
        return [one for one in self.walk()
                if (name is None or one.name == name) and (word is None or one.has_class(word))]

    def first(self, name=None, word=None):
        found = self.all(name, word)
        return found[0] if found else None

    def by_id(self, wanted):
        return next((one for one in self.walk() if one.get("id") == wanted), None)

    def text(self):
        return "".join(child.text() if isinstance(child, Element) else child
                       for child in self.children)


class Tree(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.top = Element("", {})
        self.open = [self.top]
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].children.append(Element(tag, attrs))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def rows_of(table):
    """Cells' texts of the body's rows; <small> beside a name is told apart by a line break."""
    body = table.first("tbody")
    return [[one.text() for one in row.children
             if isinstance(one, Element) and one.name in ("td", "th")]
            for row in body.children if isinstance(row, Element) and row.name == "tr"]


def path_of(row, word):
    """What a path draws; nothing is drawn by none."""
    path = row.first("path", word)
    return "" if path is None else path.get("d")
