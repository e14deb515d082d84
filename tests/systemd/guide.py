"""The shell blocks of a guide: `guide.py GUIDE` lists them, `guide.py GUIDE HEADING NUMBER [KIND]` prints one as it stands.

A guide is a page, or several pages joined by colons.

It must not change a byte of a block: what is tried is what is written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def blocks(text: str, kind: str = "sh") -> dict[tuple[str, int], str]:
    """Every block of a kind in a Markdown text by its heading and its number below it, from 1; of a console its commands."""
    found: dict[tuple[str, int], str] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0].strip()
        blocks = re.findall(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        for number, block in enumerate(blocks, start=1):
            found[heading, number] = re.sub("^# ", "", block, flags=re.MULTILINE) if kind == "console" else block
    return found


def main(guide: str, heading: str = "", number: str = "1", kind: str = "sh") -> int:
    """Print what is asked for; 1 when the guide has no such block."""
    pages = [Path(page).read_text(encoding="utf-8") for page in guide.split(":")]
    found = blocks("\n".join(pages), kind)
    if not heading:
        sys.stdout.writelines(f"{heading} {number}\n" for heading, number in found)
        return 0
    block = found.get((heading, int(number)))
    if block is None:
        sys.stderr.write(f"{guide} has no block {number} under {heading!r}\n")
        return 1
    sys.stdout.write(block)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
