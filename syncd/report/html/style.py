"""The style of the report: light, dark and on paper. No rule loads anything."""

STYLE = """\
:root { color-scheme: light dark; --ink: #1d2430; --quiet: #5c6675; --paper: #fbfbfa; --card: #fff; --line: #dfe3e8;
  --complete: #2a8a5b; --adopted: #7cba6a; --reconstructed: #3f83c9; --none: #e8ebee; --pending: #e0b93a; --partial: #ec8f2d;
  --failed: #cf3f3f; --conflict: #8e3bb5; --future: #f3f4f5; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e8ee; --quiet: #97a1b0; --paper: #14171c; --card: #1b1f26; --line: #303742;
  --complete: #3fae78; --adopted: #8dc77a; --reconstructed: #5b9fe3; --none: #272d36; --pending: #d9b440; --partial: #e8923a;
  --failed: #e35d5d; --conflict: #b56adb; --future: #1d2229; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 0 0 .6rem; font-size: 1.1rem; } h3 { margin: .8rem 0 .2rem; font-size: .95rem; }
h3 small, .quiet { color: var(--quiet); font-weight: normal; } p { margin: .3rem 0 .6rem; }
section { margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.4rem, 1fr)); gap: .6rem; }
.tile { padding: .5rem .7rem; border-left: 4px solid var(--line); color: var(--quiet); font-size: .85rem; }
.tile b { display: block; color: var(--ink); font-size: 1.05rem; }
.tile.good { border-color: var(--complete); } .tile.bad { border-color: var(--failed); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .87rem; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; } td:first-child { white-space: nowrap; }
svg text { fill: var(--quiet); font: 9px system-ui, sans-serif; } svg path { stroke: var(--line); fill: none; }
svg.growth { width: 100%; height: auto; } svg.calendar { display: block; }
.legend { color: var(--quiet); font-size: .85rem; }
.legend span { white-space: nowrap; }
.legend i { display: inline-block; width: .75rem; height: .75rem; margin: 0 .3rem 0 .7rem; border-radius: 2px;
  vertical-align: -1px; }
rect, .legend i { fill: var(--this); background: var(--this); }
.s-complete, .g-new { --this: var(--complete); }
.s-reconstructed, .g-cross { --this: var(--reconstructed); }
.s-adopted { --this: var(--adopted); } .s-no-mailing { --this: var(--none); } .s-pending { --this: var(--pending); }
.s-partial { --this: var(--partial); } .s-failed { --this: var(--failed); } .s-conflict { --this: var(--conflict); }
.s-future { --this: var(--future); } .g-unknown { --this: var(--quiet); }
@media print { body { max-width: none; padding: 0; background: #fff; }
  section { break-inside: avoid; border: 0; padding: .3rem 0; }
  .scroll { overflow: visible; }
  svg.calendar { width: 100%; height: auto; } * { print-color-adjust: exact; } }
"""
