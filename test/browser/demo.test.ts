import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executeNotebook, notebookPage } from "../notebooks/execute-notebook.ts";
import { launchChromium } from "./browser.ts";
import { missingForBrowser, missingForNotebook } from "./requirements.ts";

/**
 * The demo as a newcomer runs it, with real training, then what it left looked at in a real browser. One demo serves
 * all tests of this file: it is the longest thing that Ladder does.
 */

const root = join(import.meta.dirname, "../..");
const minutes = 60_000;
const noBrowser = await missingForBrowser();
const noNotebook = missingForNotebook();

let folder = "";
let first = "";
/** What it printed, with the line breaks of 80 columns taken out. */
let words = "";

function runDemo(): { readonly output: string; readonly status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, "dist/cli/demo.js")], {
    cwd: folder,
    encoding: "utf8",
    timeout: 15 * minutes,
  });
  return { output: `${stdout}\n${stderr}`, status };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-demo-"));
  cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true });
  const demo = runDemo();
  first = demo.output;
  words = first.replace(/\s+/g, " ");
  expect(demo.status, first).toBe(0);
}, 16 * minutes);

afterAll(() => {
  spawnSync(process.execPath, [join(root, "dist/cli/main.js"), "down"], { cwd: folder });
  rmSync(folder, { recursive: true, force: true });
});

describe("npm run demo", () => {
  it("says that SP and μP share their runs at the base width", () => {
    expect(first).toMatch(/98 runs: 98 new, 0 reused, 14 shared/);
  });

  it("gives a verdict for each parametrization with its interval, and stops what it started", () => {
    expect(words).toMatch(/SP does not transfer over width: the optimum falls [01]\.\d+ octaves per doubling \(95 %/);
    expect(words).toMatch(/μP transfers over width/);
    expect(first).toContain("$ ./ladder down");
    const status = spawnSync(process.execPath, [join(root, "dist/cli/main.js"), "status", "--json"], { cwd: folder, encoding: "utf8" });
    expect(JSON.parse(status.stdout)).toMatchObject({ state: "down", leftovers: [] });
  });

  it("proves the recommendation on runs that were not in the sweep", () => {
    expect(words).toContain("the recommended value ends lower in every seed");
    const patched = readFileSync(join(folder, ".ladder/demo/nanogpt-mup-width-256.py"), "utf8");
    expect(patched).toMatch(/rec-[0-9a-f]{10}/);
    expect(patched).toMatch(/^learning_rate = 0\.0\d+/m);
  });

  it("prints the path of the report last", () => {
    expect(
      first
        .trim()
        .split("\n")
        .filter((line) => line.endsWith("width-transfer.html"))
        .at(-1),
    ).toBe(join(folder, ".ladder/reports/width-transfer.html"));
  });

  it(
    "trains nothing when it is run again",
    () => {
      const again = runDemo();
      expect(again.status, again.output).toBe(0);
      expect(again.output.replace(/\s+/g, " ")).toContain("98 of 98 runs reused by run key, nothing is trained again");
      expect(again.output).not.toMatch(/[1-9]\d* waiting/);
    },
    5 * minutes,
  );
});

describe.skipIf(noBrowser !== null)(`the report in Chromium${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function open(colorScheme: "light" | "dark", file: string): Promise<{ readonly page: Page; readonly problems: string[] }> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => (message.type() === "error" ? problems.push(message.text()) : undefined));
    page.on("request", (request) =>
      request.url().startsWith("http") ? problems.push(`asks the network for ${request.url()}`) : undefined,
    );
    await page.goto(pathToFileURL(file).href);
    return { page, problems };
  }

  it.each(["light", "dark"] as const)("draws every figure in %s without a network and without an error", async (scheme) => {
    const { page, problems } = await open(scheme, join(folder, ".ladder/reports/width-transfer.html"));
    await page.waitForSelector("html[data-drawn=true]");
    const figures = await page.locator("[data-figure]").count();
    expect(figures).toBe(3);
    expect(await page.locator("[data-figure] .main-svg").count()).toBeGreaterThanOrEqual(figures);
    expect(await page.locator(".finding.yes").count()).toBeGreaterThanOrEqual(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(problems).toEqual([]);
    keep(`report-${scheme}.png`, await page.screenshot({ fullPage: true }));
    await page.close();
  });

  it("prints", async () => {
    const { page } = await open("dark", join(folder, ".ladder/reports/width-transfer.html"));
    await page.waitForSelector("html[data-drawn=true]");
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 4).toString()).toBe("%PDF");
    keep("report.pdf", pdf);
    await page.close();
  });

  it.skipIf(noNotebook !== null)(
    `shows the notebook's figures${noNotebook === null ? "" : ` (skipped: ${noNotebook})`}`,
    async () => {
      const executed = executeNotebook(join(root, "notebooks/width-transfer.ipynb"), folder, { LADDER_PROJECT: folder });
      const html = notebookPage(executed, folder);
      const { page, problems } = await open("light", html);
      await page.waitForFunction(() => document.querySelectorAll(".ladder-figure .main-svg").length >= 3);
      expect(await page.getByText("transfers over width").count()).toBeGreaterThanOrEqual(1);
      expect(problems.filter((problem) => !problem.startsWith("asks the network") && !problem.includes("ERR_"))).toEqual([]);
      keep("notebook.png", await page.screenshot({ fullPage: true }));
      await page.close();
    },
    5 * minutes,
  );
});

/** With `LADDER_KEEP_PICTURES=FOLDER`, what was seen is kept to be looked at. */
function keep(name: string, bytes: Uint8Array): void {
  const target = process.env["LADDER_KEEP_PICTURES"];
  if (target === undefined) return;
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, name), bytes);
}
