"""The style of the page: one accent colour, system fonts, light and dark, phone, desktop and paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --line: #dfe3e8; --track: #e6eaf0;
  --text: #1b1f24; --muted: #59626d; --accent: #0067a3;
  --warning: #714600; --warning-page: #fff4dc; --warning-line: #e0a100;
  --critical: #9c1c1c; --critical-page: #fdecec; --critical-line: #d23b3b;
  --s0: #0072b2; --s1: #e69f00; --s2: #009e73; --s3: #cc79a7; --s4: #56b4e9; --s5: #b9bec5; --s6: #636970;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #181c22; --line: #2c333c; --track: #2a313b;
    --text: #e7eaee; --muted: #a2abb6; --accent: #6cb8ee;
    --warning: #ffd27a; --warning-page: #2b2210; --warning-line: #b98300;
    --critical: #ffb0a8; --critical-page: #321716; --critical-line: #d9534a;
    --s0: #2f95d6; --s1: #e8ac2e; --s2: #1fb389; --s3: #d68cb5; --s4: #8fd0f5; --s5: #69717b; --s6: #d0d5db;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  padding: 2rem 1rem 3rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header, main, footer { max-width: 70rem; margin: 0 auto; }
footer { margin-top: 1.5rem; }
h1, h2, h3 { line-height: 1.25; font-weight: 650; }
h1 { margin-bottom: .25rem; font-size: 1.65rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; }
h3 { font-size: 1.1rem; }
a, summary { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.small, caption { color: var(--muted); font-size: .875rem; }
nav ul {
  display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-top: .75rem; list-style: none; font-size: .9375rem;
}

/* The parts */
.part {
  margin-top: 1.25rem; padding: 1.25rem 1.5rem 1.5rem;
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
}
.part > * + * { margin-top: .75rem; }
.profile > h2 { margin-top: 2.5rem; font-size: 1.4rem; }
.answer { font-size: 1.2rem; line-height: 1.4; font-weight: 550; }
.warning, .critical { padding: .6rem .9rem; border-left: .3rem solid; border-radius: .35rem; font-weight: 550; }
.warning { color: var(--warning); background: var(--warning-page); border-color: var(--warning-line); }
.critical { color: var(--critical); background: var(--critical-page); border-color: var(--critical-line); }
.notes { padding-left: 1.1rem; }

/* The tiles */
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; }
.tiles > div { flex: 1 1 9.5rem; padding: .8rem .9rem; border: 1px solid var(--line); border-radius: .6rem; }
dt { font-weight: 600; }
.tiles dt { font-size: .9375rem; line-height: 1.35; }
.tiles dt span { display: block; font-weight: 400; }
.tiles dd { margin-top: .4rem; line-height: 1.3; color: var(--muted); font-size: .875rem; }
.tiles b { color: var(--text); font-size: 1.0625rem; font-weight: 600; }
.tiles dd:first-of-type b {
  display: block; font-size: 1.4rem; line-height: 1.3; font-weight: 650; letter-spacing: -.02em;
}
.tiles b { overflow-wrap: break-word; }
.meter {
  display: block; width: 100%; height: .4rem; margin-top: .6rem;
  border-radius: .2rem; background: var(--track); fill: var(--accent);
}

/* The lists of terms */
.terms > div {
  display: grid; grid-template-columns: 13rem 1fr; gap: 0 1rem; padding: .5rem 0; border-top: 1px solid var(--line);
}
.terms > div:first-child { border-top: 0; }
.amounts > div { grid-template-columns: minmax(5.5rem, max-content) 1fr; }
.amounts dt { text-align: right; white-space: nowrap; }

/* The tables */
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; line-height: 1.35; }
caption { padding-bottom: .5rem; text-align: left; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 4rem); }
th, td {
  padding: .4rem .5rem; text-align: right; vertical-align: top; font-weight: 400;
  white-space: nowrap; overflow-wrap: normal;
}
th:first-child { padding-left: 0; }
td:last-child, th:last-child { padding-right: 0; }
thead th {
  color: var(--muted); font-size: .8125rem; white-space: normal; vertical-align: bottom;
  border-bottom: 1px solid var(--line);
}
tbody tr + tr > * { border-top: 1px solid var(--line); }
tfoot tr > * { font-weight: 650; }
tfoot tr:first-child > * { border-top: 2px solid var(--line); }
tfoot tr + tr > * { font-weight: 400; color: var(--muted); }
figure + details thead th { min-width: 4.5rem; max-width: 10rem; overflow-wrap: anywhere; }
.name, .text { text-align: left; }
.name { min-width: 11rem; max-width: 20rem; white-space: normal; overflow-wrap: anywhere; font-weight: 550; }
td.text { min-width: 6rem; white-space: normal; }
.bar { display: block; width: 100%; height: 3px; margin-top: 3px; fill: var(--accent); }
summary { cursor: pointer; font-weight: 550; font-size: .9375rem; }
details[open] > summary { margin-bottom: .75rem; }

/* The days */
.days { display: grid; grid-template-columns: 3.25rem 1fr; }
.days svg { display: block; width: 100%; height: 248px; overflow: visible; }
.days text { font-size: 12px; fill: var(--muted); }
.days .over { fill: var(--text); font-weight: 600; }
.grid { stroke: var(--line); }
.gap { fill: var(--card); }
.unknown { fill: none; stroke: var(--muted); stroke-dasharray: 3 3; }
.hatch { position: absolute; width: 0; height: 0; }
.hatch line { stroke: var(--card); stroke-width: 5; }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); }
.s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); }
.legend {
  display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; padding-top: .75rem; list-style: none; font-size: .875rem;
}
.legend svg { width: .75rem; height: .75rem; margin-right: .4rem; border-radius: .15rem; }

@media screen and (max-width: 64rem) {
  /* What goes on beyond the edge fades there, so that no figure is taken for whole that is not */
  .scroll {
    -webkit-mask-image: linear-gradient(to right, #000 calc(100% - 2.5rem), transparent);
    mask-image: linear-gradient(to right, #000 calc(100% - 2.5rem), transparent);
  }
  .scroll:focus-visible { -webkit-mask-image: none; mask-image: none; }
  td:last-child, th:last-child, caption span { padding-right: 2.5rem; }
}
@media screen and (max-width: 40rem) {
  body { padding: 1.25rem .75rem 2rem; }
  .part { padding: 1rem; border-radius: .6rem; }
  .tiles { gap: .5rem; }
  .tiles > div { flex-basis: 9rem; padding: .65rem .7rem; }
  .tiles dd:first-of-type b { font-size: 1.3rem; }
  .near { display: none; }
  .terms > div { grid-template-columns: 1fr; }
  .amounts > div { grid-template-columns: minmax(4rem, max-content) 1fr; }
  .name { min-width: 7.5rem; max-width: 9rem; }
  thead th:first-child, .name { position: sticky; left: 0; background: var(--card); }
}
@media print {
  :root { color-scheme: light; font-size: 12px; }
  @page { margin: 15mm; }
  body { padding: 0; background: none; font-size: 10pt; }
  nav { display: none; }
  .part { padding: 0; border: 0; }
  .part > h2, .part > h3 { break-after: avoid; }
  tr, figure, .tiles > div, .terms > div { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: .2rem .2rem; }
  thead th { font-size: inherit; }
  .name { min-width: 6rem; }
  td.text { min-width: 3rem; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
