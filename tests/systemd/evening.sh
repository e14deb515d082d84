# An evening of an announcement, by a clock of the service's own: the network is gone at eight, and comes back.
# shellcheck shell=bash
inside apt-get -qq install --no-install-recommends faketime jq >/dev/null 2>&1
inside systemctl stop syncd.service
next=$(syncd status --json | jq -r .next_poll)
ahead=$(($(date -d "$next" +%s) - $(date +%s) - 30))
say "      the next evening: $next"
start_arxiv "$ahead"
{ say '[Service]'; sed 's/.*/Environment="&"/' "$folder/arxiv.env"
  say "Environment=LD_PRELOAD=$(inside dpkg -L libfaketime | grep '/libfaketime\.so') FAKETIME=+$ahead FAKETIME_DONT_FAKE_MONOTONIC=1"; } | dropin clock
inside sh -c 'printf "[schedule]\npoll_every = \"1m\"\n" >>/etc/syncd/config.toml'
newest() { shown StatusText | sed -n 's/.*newest \([0-9-]*\) complete.*/\1/p'; }
count() { inside sh -c 'find /var/lib/syncd/archive -name "*.md" | wc -l'; }
held=$(count)
network down
mark
inside systemctl start syncd.service
check "without a network it starts" active
check "and waits for the evening" eventually 20 status_says "next poll"
check "at eight it asks, and says that nobody answers" eventually 100 log_says "unreachable\|cannot be reached\|not be reached\|no answer\|connect"
shown StatusText | sed 's/^/      /'
check "and goes on" active
network up
one_more() { [ "$(count)" -gt "$held" ]; }
check "with the network back it brings the mailing by itself" eventually 400 one_more
check "and has nothing to say against it" eventually 60 complete
shown StatusText | sed 's/^/      /'
check "it was not restarted for it" [ "$(shown NRestarts)" = 0 ]
start_arxiv
