import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { describeReport } from "./report-content.ts";
import { type ReportContent, renderReportPage } from "./report-page.ts";
import type { StudyDocument } from "./study-document.ts";

/**
 * Writes a study's report: one HTML file that needs no network.
 *
 * @param home `.ladder/`; the file is `reports/STUDY.html` in it unless `file` names another
 * @returns the file's absolute path
 */
export async function writeReport(document: StudyDocument, home: string, file?: string): Promise<string> {
  return writePage(describeReport(document), resolve(file ?? join(home, "reports", `${document.study}.html`)));
}

/**
 * Writes any page of findings, figures and tables as one HTML file.
 *
 * @returns the file's absolute path
 */
export async function writePage(content: ReportContent, file: string): Promise<string> {
  const path = resolve(file);
  const plotly = await readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min/plotly.min.js"), "utf8");
  const page = renderReportPage(content, plotly);
  await mkdir(dirname(path), { recursive: true });
  // By rename: a reader never sees half a page, a crash leaves the old one.
  await writeFile(`${path}.partial`, page);
  await rename(`${path}.partial`, path);
  return path;
}
