import type { Colors } from "picocolors/types.js";
import { checklistSections } from "../analysis/fits/checklist.ts";
import { markdownTable } from "../analysis/study/markdown-table.ts";
import type { ChecklistReport } from "../operations/fit-checklist.ts";
import { hang, wrapWords } from "./render-error.ts";

type Item = ChecklistReport["items"][number];

const idWidth = 5;

/** Every item under its section with what is said of it; what is open comes last, with how to answer it. */
export function renderChecklist(report: ChecklistReport, colors: Colors, columns: number): string {
  const sections = checklistSections.flatMap((section) => {
    const items = report.items.filter((item) => item.section === section);
    return ["", colors.bold(headingText(section)), ...items.map((item) => itemText(item, colors, columns))];
  });
  return [
    ...wrapWords(titleText(report), columns),
    ...sections,
    "",
    ...report.notes.flatMap((note) => wrapWords(note, columns)),
    ...wrapWords(openText(report), columns),
  ].join("\n");
}

/** The same as a page of Markdown. */
export function checklistMarkdown(report: ChecklistReport): string {
  const sections = checklistSections.flatMap((section) => {
    const rows = report.items
      .filter((item) => item.section === section)
      .map(({ id, item, state, text }) => [id, item, `${state === "open" ? "**open:** " : ""}${text}`, state]);
    return ["", `## ${headingText(section)}`, "", markdownTable(["", "item", "answer", ""], rows)];
  });
  return [
    `# Reporting checklist of ${report.law}`,
    "",
    titleText(report),
    ...sections,
    "",
    ...report.notes.flatMap((note) => [note, ""]),
    openText(report),
    "",
    "Items 1.1 to 4.6 are those of (Mis)Fitting (Li et al. 2025, arXiv:2502.18969), in our words.",
    "",
  ].join("\n");
}

function titleText({ law, fit, source, contentHash, codeVersion }: ChecklistReport): string {
  return `${law}, fit ${fit} to ${source} (rows ${contentHash.slice(0, 12)}), Ladder ${codeVersion}`;
}

function headingText(section: string): string {
  return `${section.charAt(0).toUpperCase()}${section.slice(1)}`;
}

function itemText({ id, item, state, text }: Item, colors: Colors, columns: number): string {
  const mark = state === "open" ? colors.yellow("open") : state === "answered" ? "answered" : "";
  const head = `${id.padEnd(idWidth)}${item}${mark === "" ? "" : ` (${mark})`}`;
  const indent = " ".repeat(idWidth);
  return [head, hang(indent, text, columns, { indent })].join("\n");
}

/** What is still to be said, and how. */
export function openText({ open, items, fit }: Pick<ChecklistReport, "open" | "items" | "fit">): string {
  if (open.length === 0) return `all ${items.length} items are settled`;
  return `${open.length} of ${items.length} items are open: ${open.join(", ")}. Answer them with ladder checklist ${fit} --answer ${open[0] ?? ""}="…", or all in a file: --answers FILE.yaml`;
}
