import { twoDecimals } from "../../analysis/study/number-words.ts";
import { code, markdownTable } from "../../analysis/study/markdown-table.ts";
import type { StudySpec } from "../../analysis/study/study-spec.ts";
import type { VariantMatrix, VariantRow } from "../../analysis/transfer/variant-matrix.ts";

/** The page of the matrix of variants: what was measured beside what is published, and why the two may differ. */
export function renderVariantMatrix(matrix: VariantMatrix, spec: StudySpec): string {
  const widths = [...new Set(matrix.rows.flatMap(({ optima }) => optima.map(({ axisValue }) => axisValue)))];
  return `# Variants beside what is published

Written by \`npm run bench:examples\` from [\`examples/variant-matrix.yaml\`](../examples/variant-matrix.yaml): a transformer of two blocks on real text, widths
${widths.join(", ")}, ${spec.seeds.length} seeds, ${String(spec.scales.tokenHorizon)} tokens. Drift is in octaves of learning rate for each doubling of width: *yes* when its 95 % interval lies within
± ${matrix.marginOctavesPerDoubling}, *no* when it lies outside, *undecided* in between.

${markdownTable(
  ["variant", "rules and changes", "transfers here", "drift", "95 % interval", "optimum, log2", "published"],
  matrix.rows.map((row) => [
    code(row.name),
    [code(row.ruleSet), ...row.changes].join(", "),
    `**${row.answer}**`,
    row.drift === null ? "–" : twoDecimals(row.drift.slope),
    row.drift === null ? "–" : `${twoDecimals(row.drift.low)} to ${twoDecimals(row.drift.high)}`,
    row.optima.map(({ vertexLog2 }) => (vertexLog2 === null ? "edge" : twoDecimals(vertexLog2))).join(", "),
    publishedText(row),
  ]),
)}

${conclusions(matrix.rows)}

${reservations}
`;
}

function publishedText({ published, isAsPublished }: VariantRow): string {
  if (published == null) return "–";
  return `${published.outcome === "transfers" ? "yes" : "no"}${isAsPublished === false ? " ≠" : ""}`;
}

function conclusions(rows: readonly VariantRow[]): string {
  const decided = rows.filter(({ isAsPublished }) => isAsPublished !== null);
  const unlike = decided.filter(({ isAsPublished }) => isAsPublished === false).map(({ name }) => code(name));
  const open = rows
    .filter(({ answer }) => answer === "undecided")
    .map(({ name, next }) => `${code(name)}${next === null ? "" : ` (${next})`}`);
  return [
    `Of ${decided.length} decided variants with a published outcome, ${decided.length - unlike.length} came out like it${unlike.length === 0 ? "" : `; unlike it: ${unlike.join(", ")}`}.`,
    ...(open.length === 0 ? [] : [`Undecided, and what would decide: ${open.join("; ")}.`]),
  ].join("\n\n");
}

const reservations = `## Why a row may differ from the paper

Published outcomes are those of Lingle 2024 (arXiv:2404.05728) as two summaries give them, for widths 128 to 2048 and horizons of billions of tokens, judged by
the best point of a grid of factor four; of \`decay-independent\`, of Kosson et al. 2025 (arXiv:2510.19093). Here widths are eight to thirty-two times smaller and
runs 200 steps long, and what is judged is the fitted optimum with its interval, which tells drifts that such a grid cannot show. A *no* here where the
paper says *yes* is a drift of less than half an octave a doubling in a small model; a *yes* where it says *no* can be an effect that needs width
or training time. Neither overrules the paper; both say what to measure at your own size before you rely on either.`;
