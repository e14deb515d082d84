"""Show results as lines for a terminal: what matters first, a line for each date or problem, and the command that helps.

States, severities and actions carry their colour. The caller that prints them decides whether it is shown.
"""

from syncd.report.diff.text import of_diff
from syncd.report.text.paper_lines import name_days_around, of_mailing, of_paper
from syncd.report.text.problems import of_check
from syncd.report.text.runs import of_run
from syncd.report.text.status_lines import of_status

__all__ = ["name_days_around", "of_check", "of_diff", "of_mailing", "of_paper", "of_run", "of_status"]
