"""The abs page of one paper in arXiv's shape: text of a version and the submission history.

It must not choose the version; head, footer and prose are the project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.rehearsal import typeset
from syncd.rehearsal.pages import SUBJECTS, author_links, page, subjects
from syncd.rehearsal.paper_details import paper_details
from syncd.rehearsal.sheets import short_date

if TYPE_CHECKING:
    from syncd.core.model import Record, Version
    from syncd.rehearsal.reply import Reply


def abs_page(paper: Record, number: int, *, versioned: bool) -> Reply:
    """Return the page of a paper in version `number` with the text in `paper`. `versioned` when the address has the version."""
    name = f"{paper.id}v{number}" if versioned else paper.id
    shown, details = paper.versions[number - 1], paper_details(paper.id)
    gone = (
        f'    <span class="error">This paper has been withdrawn by {details.submitter}</span>\n'
        if shown.withdrawn
        else ""
    )
    body = (
        f'<div id="abs-outer">\n\n  <div class="leftcolumn">\n    <div class="subheader">\n'
        f"      <h1>{SUBJECTS.get(paper.categories[0], paper.categories[0])}</h1>\n    </div>\n\n"
        f'    <div class="header-breadcrumbs-mobile">\n      <strong>arXiv:{name}</strong> (cs)\n    </div>\n'
        f'<div id="content-inner">\n  <div id="abs">\n{gone}    <div class="dateline">\n  {_dateline(paper, number)}</div>\n'
        f'    <h1 class="title mathjax"><span class="descriptor">Title:</span>{typeset.link_title(paper.title)}</h1>\n'
        f'    <div class="authors"><span class="descriptor">Authors:</span>{author_links(details)}</div>\n\n'
        f'    <blockquote class="abstract mathjax">\n            <span class="descriptor">Abstract:</span>  '
        f"{typeset.abstract(paper.abstract)}\n    </blockquote>\n\n{_metatable(paper, number)}  </div>\n</div>\n"
        f'    <div class="submission-history">\n      <h2>Submission history</h2> From: {details.submitter} '
        f'[<a href="/show-email/0/{paper.id}" rel="nofollow">view email</a>]      <br/>'
        f"{''.join(_history_line(paper, version, version.number == number) for version in paper.versions)}</div>\n"
        f"  </div>\n  <!--end leftcolumn-->\n</div>"
    )
    return page(f"[{name}] {paper.title}", body)


def _metatable(paper: Record, number: int) -> str:
    name, label = f"{paper.id}v{number}", '          <td class="tablecell label">'
    primary = f"[{paper.categories[0]}]"
    return (
        '    <div class="metatable">\n      <table summary="Additional metadata"><tr>\n'
        f'{label}Subjects:</td>\n          <td class="tablecell subjects">\n'
        f"            {subjects(paper)}</td>\n        </tr><tr>\n"
        f'{label}Cite as:</td>\n          <td class="tablecell arxivid"><span class="arxivid">'
        f'<a href="https://arxiv.org/abs/{paper.id}">arXiv:{paper.id}</a> {primary}</span></td>\n        </tr>\n        <tr>\n'
        f'{label}&nbsp;</td>\n          <td class="tablecell arxividv">(or <span class="arxivid">\n'
        f'              <a href="https://arxiv.org/abs/{name}">arXiv:{name}</a> {primary}</span> for this version)\n'
        "          </td>\n        </tr></table>\n    </div>\n"
    )


def _dateline(paper: Record, number: int) -> str:
    first, last, shown = paper.versions[0], paper.versions[-1], paper.versions[number - 1]
    submitted = f"Submitted on {_plain_date(first)}"
    if first is last:
        return f"[{submitted}]"
    link = '<a href="https://arxiv.org/abs/{id}v{number}">v{number}</a>'
    if number == 1:
        latest = link.format(id=paper.id, number=last.number)
        return f"[{submitted} (this version), <em>latest version {_plain_date(last)}</em> ({latest})]"
    this = f"last revised {_plain_date(shown)} (this version, v{number})"
    return f"[{submitted} ({link.format(id=paper.id, number=1)}), {this}]"


def _plain_date(version: Version) -> str:
    return short_date(version.created.date()).split(", ")[1]


def _history_line(paper: Record, version: Version, shown: bool) -> str:  # noqa: FBT001
    name = f"[v{version.number}]"
    if not shown:
        name = f'<a href="/abs/{paper.id}v{version.number}" rel="nofollow">{name}</a>'
    moment = f"{short_date(version.created.date())} {version.created:%H:%M:%S} UTC"
    fate = " <em>(withdrawn)</em>" if version.withdrawn else ""
    return f"    <strong>{name}</strong>\n        {moment} ({version.size} KB){fate}<br/>\n"
