"""Where the documents are that the tests compile: $ZSOCK_SHARED/seeds, else ../shared/seeds beside the repository."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def seed(name):
    """The text of a document, None if it is not at hand."""
    shared = os.environ.get("ZSOCK_SHARED")
    candidates = [shared] if shared else [os.path.join(ROOT, "..", "shared"), os.path.join(ROOT, "..", "..", "shared")]
    for folder in candidates:
        path = os.path.join(folder, "seeds", name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    return None


def code_blocks(text):
    """The C blocks of a reStructuredText document, without the document's indentation."""
    found = re.findall(r"^\.\. code-block:: c\n\n((?:(?:(?:   |\t).*)?\n)+)", text, re.MULTILINE)
    return ["\n".join(line.removeprefix("   ") for line in block.rstrip("\n").split("\n")) + "\n" for block in found]


def fill(template, blocks):
    """The template with @1@, @2@... replaced by the blocks."""
    return re.sub(r"^@(\d)@$", lambda match: blocks[int(match[1]) - 1], template, flags=re.MULTILINE)
