# An archive that is a git checkout of another user, pushed over ssh.
# shellcheck shell=bash
afresh
inside apt-get -qq install --no-install-recommends git openssh-server >/dev/null 2>&1
inside useradd -m -s /bin/bash archivist
inside useradd -m -d /srv/git git
inside runuser -u git -- git init -q --bare -b main /srv/git/me/digests.git
say '127.0.0.1 git.example.org' | inside tee -a /etc/hosts >/dev/null
inside systemctl start ssh.service
as archivist ssh-keygen -q -t ed25519 -N '' -f /home/archivist/.ssh/id_ed25519
inside sh -c 'install -D -o git -m600 /home/archivist/.ssh/id_ed25519.pub /srv/git/.ssh/authorized_keys; chown git: /srv/git/.ssh'
known() { as archivist sh -c 'ssh-keyscan git.example.org >~/.ssh/known_hosts 2>/dev/null; test -s ~/.ssh/known_hosts'; }
check "the remote's key is known" eventually 20 known
as archivist mkdir /home/archivist/digests
recipe() { "$python" "$here/guide.py" "$checkout/docs/how-to/publish.md" "$@"; }
prepared() { recipe "The archive as a git repository" 1 console | sed 's|/var/lib/syncd/archive|/home/archivist/digests|; s/-u syncd/-u archivist/' | inside bash -exu; }
check "the recipe makes a repository of the folder" prepared

guide "An archive that is a git checkout elsewhere" 1
git_() { as archivist git -C /home/archivist/digests "$@"; }
digests() { inside sh -c 'find /home/archivist/digests -name "*.md" | wc -l'; }
commits() { git_ rev-list --count main 2>/dev/null || say 0; }
filled() { status_says "newest .* complete" && [ "$(digests)" -gt 40 ] && [ "$(commits)" = "$(digests)" ]; }
check "every mailing becomes a commit" eventually 180 filled
say "      $(shown StatusText); $(digests) digests, $(commits) commits"
last=$(git_ log -1 --format=%s)
file=$(inside find /home/archivist/digests -name '*.md' | sort | tail -1)
check "its message is the first line" [ "# $last" = "$(inside head -1 "$file")" ]
check "its date the mailing's" [ "$(git_ log -1 --format=%as)" = "$(basename "$file" .md)" ]
check "digests are archivist's and readable" [ "$(inside stat -c '%U %a' "$file")" = "archivist 644" ]
pushed() { [ "$(inside git -c safe.directory='*' -C /srv/git/me/digests.git rev-parse main 2>/dev/null)" = "$(git_ rev-parse main)" ]; }
check "and is pushed over ssh" eventually 60 pushed
check "nothing in the folder is left over" [ -z "$(git_ status --porcelain)" ]
check "database and vault are archivist's now" [ "$(inside stat -c %U /var/lib/syncd/syncd.db)" = archivist ]
check "the old user's command is refused" says "archivist" as_syncd run
check "doctor finds no fault" inside runuser -u archivist -- syncd -c $config doctor

# A digest that the branch lacks again, in a checkout where a person is in the middle of something.
personally() { as archivist sh -exuc "cd ~/digests; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org; $1"; }
check "a person commits and pushes beside it" personally "echo mine >notes.txt; git add notes.txt; git rm -q --cached ${file#*digests/}; git commit -qm notes; git push -q; echo more >>notes.txt"
head=$(git_ rev-parse main)
inside systemctl restart syncd.service
check "a dirty checkout is said" eventually 60 status_says "changes that are not syncd's: notes.txt"
check "a person's change is left alone" [ "$(inside tail -1 /home/archivist/digests/notes.txt)" = more ]
check "and no commit made over it" [ "$(git_ rev-parse main)" = "$head" ]
check "the person commits" personally "git commit -qam more"
inside systemctl restart syncd.service
again() { [ "$(git_ log -1 --format=%s)" = "$last" ]; }
check "then the digest is committed" eventually 60 again
check "and pushed" eventually 60 pushed
