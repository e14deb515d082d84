"""Show results as lines for a terminal: what matters first, a line for each date or problem, and the command that helps.

States, severities and actions carry their colour. The caller that prints them decides whether it is shown.
"""
