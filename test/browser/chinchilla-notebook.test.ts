import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { executeNotebook, notebookPage } from "../notebooks/execute-notebook.ts";
import { cellOutputs, parseNotebook } from "../notebooks/notebook-document.ts";
import { launchChromium } from "./browser.ts";
import { missingForBrowser, missingForNotebook } from "./requirements.ts";

const path = join(import.meta.dirname, "../../notebooks/chinchilla.ipynb");
const minutes = 60_000;
const missing = missingForNotebook() ?? (await missingForBrowser());
const skipped = missing === null ? "" : ` (skipped: ${missing})`;
const folder = mkdtempSync(join(tmpdir(), "ladder-notebook-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.skipIf(missing !== null)(
  `executes headless on the Deno kernel, gives what is committed, and becomes a page with every figure${skipped}`,
  async () => {
    const executed = executeNotebook(path, folder);
    expect(cellOutputs(parseNotebook(readFileSync(executed, "utf8")))).toEqual(cellOutputs(parseNotebook(readFileSync(path, "utf8"))));
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(notebookPage(executed, folder)).href);
      await page.waitForFunction(() => document.querySelectorAll(".ladder-figure .main-svg").length >= 9);
      expect(await page.locator("table").count()).toBeGreaterThan(10);
    } finally {
      await browser.close();
    }
  },
  6 * minutes,
);
