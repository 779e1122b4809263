/**
 * One HTML file that needs no network and no server: the frozen answer to a study's question. Pure: content in, text out.
 * Light and dark follow the reader's system; printing always uses the light figures.
 */

/** A Plotly figure as plain JSON. */
export interface PageFigure {
  readonly data: unknown;
  readonly layout: unknown;
}

export interface ReportFigure {
  /** Anchor in the page, for example `loss-basins`. */
  readonly id: string;
  readonly title: string;
  /** What is drawn and how it was obtained, in one or two sentences. */
  readonly caption: string;
  readonly light: PageFigure;
  readonly dark: PageFigure;
}

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note?: string;
  /** True for columns of words: they start at the left and wrap. */
  readonly isText?: boolean;
}

/** A sentence of the answer; `tone` colours its rule, never the words alone. */
export interface ReportFinding {
  readonly tone: "yes" | "no" | "undecided" | "plain";
  readonly label: string;
  readonly text: string;
}

export interface ReportContent {
  readonly study: string;
  readonly question: string | null;
  readonly findings: readonly ReportFinding[];
  readonly figures: readonly ReportFigure[];
  readonly tables: readonly ReportTable[];
  /** Where every number came from: label and value. */
  readonly provenance: readonly (readonly [string, string])[];
  /** The whole study document, embedded so that the page carries its own data. */
  readonly data: unknown;
  /** What the page calls itself; left out: a report. */
  readonly kind?: string;
  /** The only theme of the page; left out: both, as the reader's system says. */
  readonly theme?: PageTheme;
}

type PageTheme = "light" | "dark";

/**
 * Renders the page.
 *
 * @param content - what to say and draw
 * @param plotlySource - text of plotly.min.js, written into the page
 */
export function renderReportPage(content: ReportContent, plotlySource: string): string {
  const figures = Object.fromEntries(content.figures.map((figure) => [figure.id, { light: figure.light, dark: figure.dark }]));
  return `<!doctype html>
<html lang="en"${content.theme === undefined ? "" : ` data-theme="${content.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${content.theme ?? "light dark"}">
<title>${escapeHtml(content.study)} · Ladder ${escapeHtml(content.kind ?? "report")}</title>
<style>${palette(content.theme)}${styleSheet}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Ladder ${escapeHtml(content.kind ?? "report")}</p>
<h1>${escapeHtml(content.study)}</h1>
${content.question === null ? "" : `<p class="question">${escapeHtml(content.question)}</p>`}
</header>
${content.findings.length === 0 ? "" : `<section aria-label="Findings" class="findings">\n${content.findings.map(renderFinding).join("\n")}\n</section>`}
${content.figures.map(renderFigure).join("\n")}
${content.tables.map(renderTable).join("\n")}
<section>
<h2>Where these numbers come from</h2>
<dl>
${content.provenance.map(([label, value]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`).join("\n")}
</dl>
</section>
</main>
<script type="application/json" id="study-data">${escapeJson(content.data)}</script>
<script type="application/json" id="figure-data">${escapeJson(figures)}</script>
<script>${plotlySource.replaceAll("</script", "<\\/script")}</script>
<script>${drawingScript}</script>
</body>
</html>
`;
}

function renderFinding(finding: ReportFinding): string {
  return `<article class="finding ${finding.tone}"><h2>${escapeHtml(finding.label)}</h2><p>${escapeHtml(finding.text)}</p></article>`;
}

function renderFigure(figure: ReportFigure): string {
  return `<section class="figure">
<h2 id="${escapeHtml(figure.id)}">${escapeHtml(figure.title)}</h2>
<figure>
<div class="plot" data-figure="${escapeHtml(figure.id)}" role="img" aria-label="${escapeHtml(figure.caption)}"></div>
<figcaption>${escapeHtml(figure.caption)}</figcaption>
</figure>
</section>`;
}

function renderTable(table: ReportTable): string {
  const head = table.columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  const body = table.rows
    .map((row) => `<tr>${row.map((cell) => `<td${cell.length > 40 ? ' class="words"' : ""}>${escapeHtml(cell)}</td>`).join("")}</tr>`)
    .join("\n");
  const note = table.note === undefined ? "" : `<p class="note">${escapeHtml(table.note)}</p>`;
  return `<section>
<h2>${escapeHtml(table.title)}</h2>
<div class="scroll"><table${table.isText === true ? ' class="texts"' : ""}><thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>
${note}
</section>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** JSON inside a script element: `<` is escaped so that no string can end the element. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const drawingScript = `
(() => {
  const figures = JSON.parse(document.getElementById("figure-data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const { theme } = document.documentElement.dataset;
  const isDark = () => (theme === undefined ? dark.matches : theme === "dark");
  let printing = false;
  const draw = () => Promise.all([...document.querySelectorAll("[data-figure]")].map((element) => {
    const figure = figures[element.dataset.figure][isDark() && !printing ? "dark" : "light"];
    return Plotly.react(element, figure.data, figure.layout, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] });
  }));
  dark.addEventListener("change", draw);
  addEventListener("beforeprint", () => { printing = true; draw(); });
  addEventListener("afterprint", () => { printing = false; draw(); });
  draw().then(() => { document.documentElement.dataset.drawn = "true"; });
})();
`;

const palettes: Readonly<Record<PageTheme, string>> = {
  light:
    "--ink: #1c2126; --soft: #59636e; --paper: #ffffff; --line: #d9dee3; --panel: #f6f8fa; --yes: #0b7a55; --no: #b3261e; --undecided: #9a6700;",
  dark: "--ink: #e6e9ec; --soft: #9aa5b1; --paper: #14181c; --line: #333b43; --panel: #1b2026; --yes: #4cc38a; --no: #ff8a80; --undecided: #e3b341;",
};

function palette(theme: PageTheme | undefined): string {
  return theme === undefined
    ? `\n:root { color-scheme: light dark; ${palettes.light} }\n@media (prefers-color-scheme: dark) { :root { ${palettes.dark} } }`
    : `\n:root { color-scheme: ${theme}; ${palettes[theme]} }`;
}

const styleSheet = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
.eyebrow { margin: 0; color: var(--soft); font-size: .85rem; letter-spacing: .06em; text-transform: uppercase; }
h1 { margin: .1rem 0 .4rem; font-size: 2rem; line-height: 1.2; }
.question { margin: 0; color: var(--soft); font-size: 1.15rem; max-width: 46rem; }
.findings { display: grid; gap: .75rem; margin: 2rem 0 1rem; }
.finding { border-left: 4px solid var(--soft); background: var(--panel); padding: .7rem 1rem; border-radius: 0 6px 6px 0; }
.finding h2 { margin: 0 0 .15rem; font-size: .95rem; }
.finding p { margin: 0; }
.finding.yes { border-color: var(--yes); } .finding.no { border-color: var(--no); } .finding.undecided { border-color: var(--undecided); }
section > h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; }
figure { margin: 0; }
.plot { width: 100%; min-height: 420px; }
figcaption, .note { color: var(--soft); font-size: .9rem; max-width: 52rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { text-align: right; padding: .35rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, .words, .texts td, .texts th { text-align: left; }
.words, .texts td { white-space: normal; }
th { color: var(--soft); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
@page { margin: 14mm; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; --panel: #fff; --yes: #0b7a55; --no: #b3261e; --undecided: #9a6700; }
  main { max-width: none; padding: 0; } .figure, .finding, tr { break-inside: avoid; } .modebar { display: none; }
}
`;
