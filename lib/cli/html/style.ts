/** Everything that the page needs: it loads nothing. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9;
  --card: #ffffff;
  --text: #1c2430;
  --soft: #5c6878;
  --line: #dfe4ea;
  --row: #f1f4f8;
  --held: #d9480f;
  --others: #8457c9;
  --waited: #4a90d9;
  --good: #1b7f3b;
  --warn: #9a6700;
  --bad: #c92a2a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f141b;
    --card: #171e28;
    --text: #e6ebf2;
    --soft: #98a5b6;
    --line: #2a3442;
    --row: #1d2632;
    --held: #ff8a4c;
    --others: #b794f4;
    --waited: #63a9ee;
    --good: #57c785;
    --warn: #e3b341;
    --bad: #ff7b72;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { margin: 0 0 4px; font-size: 24px; line-height: 1.25; }
h2 { margin: 36px 0 12px; font-size: 18px; }
p { margin: 0 0 8px; }
.soft, footer { color: var(--soft); }
footer { margin-top: 40px; font-size: 13px; }
code, .name, .url { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.93em; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.note { border-left: 4px solid var(--warn); padding: 8px 14px; margin: 12px 0; }
.findings { border-left: 4px solid var(--held); padding: 14px 18px 6px; margin: 20px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
.tile { padding: 12px 16px; min-width: 0; }
.tile b { display: block; font-size: 22px; line-height: 1.3; }
.tile span { color: var(--soft); font-size: 13px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 6px 12px; text-align: right; vertical-align: middle; white-space: nowrap; }
th { color: var(--soft); font-size: 12px; font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
th:first-child { width: 26%; }
tbody tr { border-top: 1px solid var(--line); }
tr.route td:first-child { font-weight: 650; }
tr.handler { border-top: 0; }
tr.handler td { padding-top: 2px; padding-bottom: 2px; font-size: 14px; }
tr.handler td:first-child { padding-left: 30px; }
tr.handler + tr.route td, thead + tbody tr.route:first-child td { padding-top: 10px; }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.good { color: var(--good); }
td.picture { width: 150px; }
svg { display: block; width: 100%; }
td svg { width: 140px; margin-left: auto; }
.held { fill: var(--held); }
.others { fill: var(--others); }
.waited { fill: var(--waited); }
.bar { fill: var(--waited); }
.worse { fill: var(--bad); }
.better { fill: var(--good); }
.open { fill: var(--soft); }
.bounds { opacity: 0.45; }
.middle { fill: var(--line); }
.track { fill: var(--row); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; color: var(--soft); font-size: 13px; margin: 0 0 12px; }
.legend svg { display: inline-block; width: 22px; height: 14px; vertical-align: -2px; margin-right: 6px; }
details { margin: 0 0 12px; }
summary { padding: 10px 16px; cursor: pointer; font-weight: 650; }
.request { padding: 10px 16px 14px; border-top: 1px solid var(--line); }
.request header { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; margin-bottom: 6px; }
.request header .url { flex: 1 1 220px; min-width: 0; }
.run { display: grid; grid-template-columns: minmax(0, 230px) minmax(0, 1fr) 72px; gap: 12px; align-items: center; }
.run .took, .scale { color: var(--soft); font-size: 13px; text-align: right; }
.run .name { font-size: 13px; }
.run svg { height: 16px; }
@media (max-width: 760px) {
  main { padding: 18px 12px 32px; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { padding: 8px 14px; }
  tr.handler { padding: 2px 14px 4px 26px; }
  td, tr.handler td, tr.handler + tr.route td, thead + tbody tr.route:first-child td { padding: 0; }
  tr.handler td:first-child { padding-left: 0; }
  td, td:first-child { text-align: left; white-space: normal; }
  td[data-label] { display: inline-block; margin-right: 14px; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: 12px; }
  td:empty { display: none; }
  td.picture { width: auto; padding-top: 4px; }
  td svg { width: 100%; margin: 0; }
  .run { grid-template-columns: minmax(0, 1fr) auto; gap: 0 10px; margin-bottom: 6px; }
  .run svg { grid-row: 2; grid-column: 1 / 3; }
}
@media print { body { background: none; } details { break-inside: avoid; } }
`
