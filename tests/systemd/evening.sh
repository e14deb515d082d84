# An announcement that is waited for: the network goes away meanwhile, and comes back.
# shellcheck shell=bash
today=$(TZ=America/New_York date +%u%H)
if [ "$today" -gt 519 ] && [ "$today" -lt 720 ]; then
    say "skipped: between Friday and Sunday evening in New York nothing is announced"
else
    inside systemctl stop syncd.service
    late=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
    start_arxiv 86400
    { say '[Service]'; sed 's/.*/Environment="&"/' "$folder/arxiv.env"; } | dropin late
    afresh
    printf '[schedule]\npoll_every = "1m"\npoll_until = "19:59"\n' | inside tee -a $config >/dev/null
    network down
    inside systemctl start syncd.service
    check "without a network it starts" active
    check "and says what it lacks" eventually 60 status_says "missing"
    shown StatusText | sed 's/^/      /'
    network up
    afresh && inside systemctl start syncd.service # a question without an answer would be repeated in an hour
    check "with a network it fetches" eventually 120 complete
    check "all but the one that is late" not inside test -e "$late"
    network down
    mark
    check "the network gone, it says so" eventually 200 log_says "unreachable\|unavailable\|no answer\|connect"
    shown StatusText | sed 's/^/      /'
    check "and goes on" active
    arxiv_announces
    network up
    check "the network back, the mailing comes by itself" eventually 900 inside test -e "$late"
    check "and all is well" eventually 60 status_says "newest $(basename "$late" .md) complete; no gaps"
    shown StatusText | sed 's/^/      /'
    check "it was not restarted for it" [ "$(shown NRestarts)" = 0 ]
    start_arxiv
fi
