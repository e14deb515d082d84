"""The TeX commands that an exported text may keep. Data only, no rule.

All of them are of LaTeX or of the packages amsmath and amssymb. An author's own macro would stop LaTeX, and a command that reads
or writes files has no place in a text from elsewhere, so every other command is shown as it was typed.
"""

from __future__ import annotations

GREEK = {
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta", "ι": "iota",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "ς": "varsigma", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "varphi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
"""Greek letters, which arXiv shows in place of their commands, with the names of these commands."""

ACCENT_SIGNS, ACCENT_LETTERS = "'`^\"~=.", "Hbcdrtuv"
"""The commands of accents, each one character."""

_TEXT = """
AA AE L O OE P S SS aa ae i j l o oe ss
LaTeX LaTeXe TeX copyright dag ddag dots ldots pounds slash textbackslash textbar textbullet textcopyright textdegree
textendash textemdash textgreater textless textregistered texttrademark textunderscore
bf bfseries em it itshape normalfont rm rmfamily sc scshape sf sffamily sl slshape small tt ttfamily
"""
TEXT = frozenset(_TEXT.split())
"""Commands of text that stand alone."""

_TEXT_OF = """
emph mbox textbf textit textmd textnormal textrm textsc textsf textsl textsubscript textsuperscript texttt
textup underline
"""
TEXT_OF = frozenset(_TEXT_OF.split())
"""Commands of text that need an argument."""

_SYMBOLS = """
Im Re aleph angle approx ast asymp backslash bigcirc bigcap bigcup bullet cap cdot cdots circ cong cup dagger ddagger
diamond div downarrow ell emptyset equiv exists forall ge geq geqslant gg gets hbar hookrightarrow imath in infty int
jmath land langle lceil le leftarrow leftrightarrow leq leqslant lesssim lfloor ll lnot lor mapsto mid mp nabla ne neg
neq nearrow ni notin odot oint ominus oplus oslash otimes parallel partial perp pm prec preceq prime prod propto rangle
rceil rfloor rightarrow rightleftharpoons searrow setminus sharp sim simeq sqsubseteq star subset subseteq succ
succeq sum supset supseteq swarrow times to top triangle triangleq uparrow varepsilon varphi varpi varrho varsigma
vartheta vdots vee wedge Leftarrow Leftrightarrow Rightarrow blacksquare checkmark gtrsim square triangleleft
triangleright varnothing Uparrow Downarrow longrightarrow longleftarrow Longrightarrow iff implies sqcap sqcup uplus
bigoplus bigotimes bigvee bigwedge lvert rvert lVert rVert vert Vert ddots
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log
max min sec sin sinh sup tan tanh Pr
"""
SYMBOLS = frozenset(_SYMBOLS.split()) | frozenset(GREEK.values())
"""Commands of formulas that are one sign, also where an author forgot to open a formula."""

_FORMULA = """
bf bmod cal colon displaystyle it mathstrut mod not qquad quad rm scriptscriptstyle scriptstyle sf textstyle tt
"""
FORMULA = SYMBOLS | frozenset(_FORMULA.split())
"""Commands of formulas that need no argument."""

_DELIMITERS = """
backslash downarrow lVert langle lbrace lceil lfloor lvert rVert rangle rbrace rceil rfloor rvert uparrow vert Vert
"""
DELIMITERS = frozenset(_DELIMITERS.split())
"""Commands that are delimiters."""

_FORMULA_SIZES = """
big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr left right
"""
FORMULA_SIZES = frozenset(_FORMULA_SIZES.split())
"""Commands of formulas that a delimiter must follow."""

_FORMULA_OF = """
acute bar binom boldsymbol breve check ddot dfrac dot frac grave hat mathbb mathbf mathbin mathcal mathfrak mathit mathop
mathord mathring mathrel mathrm mathsf mathtt mbox operatorname overbrace overleftarrow overline overrightarrow overset pmod
sqrt stackrel substack text textbf textit textnormal textrm textsc textsf texttt tfrac tilde underbrace underline underset
vec widehat widetilde
"""
FORMULA_OF = frozenset(_FORMULA_OF.split())
"""Commands of formulas that need an argument."""
