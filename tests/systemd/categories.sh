# Three categories, an archive each, and one politeness ledger: together they keep the spacing of one.
# shellcheck shell=bash
inside systemctl disable -q --now syncd.service
start_arxiv 0 cs.CL cs.LG cs.RO
{ say '[Service]'; sed 's/INTERVAL=0s/INTERVAL=1s/; s/.*/Environment="&"/' "$folder/arxiv.env"; } >"$folder/spaced.conf"
for unit in syncd@ syncd-sync@; do put "/etc/systemd/system/$unit.service.d/spaced.conf" <"$folder/spaced.conf"; done
all="cs.CL cs.LG cs.RO"
guide "Several categories" 1
each() { local category; for category in $all; do "$1" "$category" || return 1; done; }
runs() { [ "$(shown ActiveState "syncd@$1.service")" = active ]; }
check "each is active" each runs
digests_of() { inside find "/var/lib/syncd/$1/archive" -name '*.md' 2>/dev/null; }
has_some() { [ "$(digests_of "$1" | wc -l)" -ge 8 ]; }
check "each fetches its mailings" eventually 150 each has_some
is_own() { inside sh -c "head -qn1 \$(find /var/lib/syncd/$1/archive -name '*.md') | grep -qv '$1'" && return 1; return 0; }
check "of its own category" each is_own
guide "Several categories" 2

asked() { arxiv_reports >"$folder/asked"; wc -l <"$folder/asked"; }
say "      $(asked) requests so far"
together() { [ "$(awk '{ print $4 }' "$folder/asked" | grep -o 'cs\.[A-Z]*' | head -30 | sort -u | wc -l)" = 3 ]; }
check "the three take turns" together
shortest=$(sort -n "$folder/asked" | awk 'NR > 1 { gap = $1 - end; if (least == "" || gap < least) least = gap } { end = $2 } END { print least }')
say "      the shortest pause between two requests of any: $shortest s"
check "as arXiv sees it, the three keep the pause of one" awk "BEGIN { exit !($shortest >= 0.99) }"
counted() { syncd_of "$1" requests --json | jq '[.hosts[].count] | add'; }
syncd_of() { local category=$1; shift; inside syncd -c "/etc/syncd/$category.toml" "$@"; }
check "the ledger counts the requests of all" awk "BEGIN { exit !($(counted cs.CL) >= $(wc -l <"$folder/asked")) }"
check "and proves the pause" awk "BEGIN { exit !($(syncd_of cs.RO requests --json | jq '[.hosts[].min_gap_s] | min') >= 1) }"
check "doctor names the unit of the category" says "unit .*active (running), enabled" inside runuser -u syncd -- syncd -c /etc/syncd/cs.LG.toml doctor --offline
check "systemd judges the sandbox: 1.2 at most" inside systemd-analyze security --threshold=12 syncd@cs.CL.service

arxiv_refuses
refused() { arxiv_reports | awk '$3 == 403' | grep -q .; }
check "a 403 for one" eventually 30 refused
sleep 2; before=$(asked); sleep 6
check "stops all three" [ "$(asked)" = "$before" ]
host=$(syncd_of cs.LG requests --json | jq -r '.hosts[0].host')
check "and is released in one" inside runuser -u syncd -- syncd -c /etc/syncd/cs.LG.toml requests --release "$host"

guide "Several categories with timers" 1
waits() { says "syncd-sync@$1.timer" inside systemctl list-timers --no-pager; }
check "a timer waits for each" each waits
inside systemctl start syncd-sync@cs.CL.service syncd-sync@cs.LG.service syncd-sync@cs.RO.service
went_well() { [ "$(shown Result "syncd-sync@$1.service")" = success ]; }
check "their syncs end well side by side" each went_well
complete_of() { syncd_of "$1" status --json | jq -e '.lag == 0' >/dev/null; }
check "with every mailing" each complete_of
arxiv_reports >"$folder/asked"
shortest=$(sort -n "$folder/asked" | awk 'NR > 1 { gap = $1 - end; if (least == "" || gap < least) least = gap } { end = $2 } END { print least }')
check "and the pause was kept ($shortest s)" awk "BEGIN { exit !($shortest >= 0.99) }"
start_arxiv
