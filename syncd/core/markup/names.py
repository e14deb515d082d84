"""Names that arXiv's link rule of 2020 to 2022 knew: domains, schemes, archives and categories. Data only, no rule."""

from __future__ import annotations

# The list of bleach 3.3: country codes and the generic domains from before 2013. It must not be updated, because what arXiv
# linked in those years depends on it.
_DOMAINS = """
ac ad ae aero af ag ai al am an ao aq ar arpa as asia at au aw ax az ba bb bd be bf bg bh bi biz bj bm bn bo br bs bt bv
bw by bz ca cat cc cd cf cg ch ci ck cl cm cn co com coop cr cu cv cx cy cz de dj dk dm do dz ec edu ee eg er es et eu fi
fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gov gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in info int io
iq ir is it je jm jo jobs jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mil mk ml
mm mn mo mobi mp mq mr ms mt mu museum mv mw mx my mz na name nc ne net nf ng ni nl no np nr nu nz om org pa pe pf pg ph pk
pl pm pn post pr pro ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td
tel tf tg th tj tk tl tm tn to tp tr travel tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws xn xxx ye yt yu za zm zw
"""
TOP_LEVEL_DOMAINS = frozenset(_DOMAINS.split())

SAFE_SCHEMES = frozenset({"ftp", "http", "https"})
"""Schemes that a link may have. A URL with another scheme stays plain text."""

_OTHER_SCHEMES = """
afs aim callto data ed2k feed gopher irc mailto news nntp rsync rtsp sftp ssh tag telnet urn webcal xmpp
"""
SCHEMES = SAFE_SCHEMES | frozenset(_OTHER_SCHEMES.split())
"""Schemes that began a URL for arXiv's rule."""

_ARCHIVES = """
acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga econ eess
funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph q-alg
q-bio q-fin quant-ph solv-int stat supr-con test
"""
ARCHIVES = frozenset(_ARCHIVES.split())

CATEGORIES = frozenset(
    f"{archive}.{subject}"
    for archive, subjects in {
        "astro-ph": "CO EP GA HE IM SR",
        "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
        "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC SD "
        "SE SI SY",
        "econ": "EM GN TH",
        "eess": "AS IV SP SY",
        "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
        "nlin": "AO CD CG PS SI",
        "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph geo-ph "
        "hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
        "q-bio": "BM CB GN MN NC OT PE QM SC TO",
        "q-fin": "CP EC GN MF PM PR RM ST TR",
        "stat": "AP CO ME ML OT TH",
        "test": "dis-nn mes-hall mtrl-sci soft stat-mech str-el supr-con",
    }.items()
    for subject in subjects.split()
)
