/** The page's style sheet. Colours are told apart by lightness and by line style too, and are never the only sign. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbf9; --card: #ffffff; --ink: #1c1e21; --quiet: #5b6168; --rule: #d9dbd7; --grid: #e7e8e4;
  --before: #2f5f9e; --after: #b2480c; --better: #1c6b3c; --worse: #a32020;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1d2024; --ink: #e8e8e4; --quiet: #a4abb3; --rule: #383d43; --grid: #2b2f34;
    --before: #86b4ee; --after: #f2a066; --better: #7fd6a0; --worse: #ff9a94;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
main, header, footer { max-width: 944px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 40px; }
footer { padding-bottom: 56px; color: var(--quiet); }
.kicker { margin: 0 0 10px; color: var(--quiet); font-size: .9rem; }
h1 { margin: 0 0 14px; font-size: clamp(1.25rem, 2.8vw, 1.6rem); line-height: 1.3; font-weight: 650; text-wrap: pretty; }
h2 { margin: 52px 0 4px; font-size: 1.2rem; line-height: 1.3; }
p { margin: 8px 0; max-width: 74ch; }
.about { color: var(--quiet); margin-top: 0; }
.alarm { border-left: 4px solid var(--worse); padding: 2px 0 2px 14px; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--before); outline-offset: 2px; border-radius: 2px;
}
.skip { position: absolute; left: -999px; }
.skip:focus { left: 16px; top: 8px; background: var(--card); padding: 6px 10px; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 22px 0 6px; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 14px 16px; }
.cards h3 { margin: 0; font-size: .9rem; font-weight: 500; color: var(--quiet); }
.cards .numbers { margin: 4px 0 2px; font-size: 1.15rem; font-weight: 600; white-space: nowrap; font-variant-numeric: tabular-nums; }
.cards .numbers .before { color: var(--before); } .cards .numbers .after { color: var(--after); }
.cards .arrow { color: var(--quiet); font-weight: 400; padding: 0 .2em; }
.cards .change { margin: 0; font-size: .9rem; }
.worse { color: var(--worse); } .better { color: var(--better); }

.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 10px 0 6px; padding: 0; list-style: none; font-size: .92rem; }
.legend svg { width: 34px; height: 12px; margin-right: 7px; vertical-align: baseline; }
figure { margin: 8px 0 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 14px 12px 8px; }
figure svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
@media (max-width: 640px) { .wide { display: none; } .narrow { display: block; } header { padding-top: 24px; } h2 { margin-top: 40px; } }

svg text { fill: var(--ink); font-size: 12.5px; }
svg .tick, svg .axis { fill: var(--quiet); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .grid { stroke: var(--grid); stroke-width: 1; }
svg .zero { stroke: var(--quiet); stroke-width: 1.5; }
svg .curve, svg .trace { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
svg .curve.before { stroke-dasharray: 7 4; }
svg .trace { stroke-width: 1.8; } svg .trace.tail { stroke-width: 1.2; stroke-dasharray: 1.5 3; }
svg .before { stroke: var(--before); } svg .after { stroke: var(--after); }
svg .band { stroke: none; opacity: .17; }
svg .band.before, svg .strip.before, svg .stretch.before { fill: var(--before); stroke: none; }
svg .band.after, svg .strip.after, svg .stretch.after { fill: var(--after); stroke: none; }
svg .stretch { opacity: .06; } svg .stretch.after { opacity: .11; }
svg .unusable { opacity: .25; } svg .stretch.unusable { opacity: 0; }
svg .failure { fill: none; stroke: var(--worse); stroke-width: 2.2; }
svg .interval { stroke: var(--quiet); stroke-width: 2.4; } svg .dot { fill: var(--quiet); }
svg .slower .interval { stroke: var(--worse); } svg .slower .dot { fill: var(--worse); }
svg .faster .interval { stroke: var(--better); } svg .faster .dot { fill: var(--better); }
svg .no-difference-seen .dot { fill: var(--card); stroke: var(--quiet); stroke-width: 2; }
svg .row text { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg .whole text { font-weight: 650; } svg .value { font-variant-numeric: tabular-nums; }

.scroll { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; max-width: calc(100vw - 40px); color: var(--quiet); padding: 0 0 6px; font-size: .9rem; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--quiet); font-weight: 500; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; } td:last-child { min-width: 9.5rem; }
details { margin: 10px 0 0; font-size: .95rem; } summary { cursor: pointer; color: var(--quiet); padding: 3px 0; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 5px 20px; margin: 12px 0; font-size: .95rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 480px) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
.limits li { margin: 7px 0; max-width: 74ch; }
@media (prefers-contrast: more) { :root { --quiet: var(--ink); --grid: var(--rule); } svg .band { opacity: .3; } }
@media print { body { background: none; } details { display: none; } }
`;
