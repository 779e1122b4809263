import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../cli/program.ts";
import { waitFor } from "../../infra/processes.ts";
import { readSettings } from "../../infra/settings.ts";
import { recordingStreams } from "../unit/cli/recording-streams.ts";
import { launchChromium } from "./browser.ts";
import { missingForBrowser } from "./requirements.ts";

const root = join(import.meta.dirname, "../..");
const noBrowser = await missingForBrowser();
let folder = "";
const path = (name: string): string => join(folder, name);

/** Types a command in this environment, which is the one that a Chromium was found in. */
async function type(
  words: readonly string[],
  interrupted = new AbortController().signal,
): Promise<{ readonly code: number; readonly err: string }> {
  const streams = recordingStreams();
  const code = await runCommandLine(words, { streams, readSettings, interrupted, version: "test" });
  return { code, err: streams.read().err };
}

/** Command lines of every process that uses a profile of ours. */
function browsers(): readonly string[] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes("ladder-chromium-"));
}

/** Width and height of a PNG, from its header. */
function sizeOfPng(bytes: Buffer): readonly [number, number] {
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe.skipIf(noBrowser !== null)(`ladder plot with a Chromium${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ladder-plot-browser-"));
    const runs = join(root, "test/published/chinchilla/runs.csv");
    const fit = await type([
      "fit",
      "--from",
      runs,
      "--drop-worst",
      "5",
      "--holdout",
      "largest:2",
      "--draws",
      "100",
      "--output",
      path("fit.json"),
    ]);
    expect(fit.code, fit.err).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(["light", "dark"] as const)("draws every figure as PNG in %s, in the exact size, and leaves nothing running", async (theme) => {
    const words = [
      "plot",
      path("fit.json"),
      "--figure",
      "all",
      "--theme",
      theme,
      "--size",
      "800x500",
      "--scale",
      "2",
      "--output",
      path(`${theme}.png`),
    ];
    const { code, err } = await type(words);
    expect(code, err).toBe(0);
    for (const figure of ["curves", "residuals", "allocation", "profile"]) {
      const picture = readFileSync(path(`${theme}-${figure}.png`));
      expect(sizeOfPng(picture)).toEqual([1600, 1000]);
      keep(`plot-${figure}-${theme}.png`, picture);
    }
    expect(browsers()).toEqual([]);
  });

  it("draws SVG with its words as text and the theme's background, the same bytes each time", async () => {
    const drawn = async (name: string): Promise<string> => {
      const { code, err } = await type(["plot", path("fit.json"), "--theme", "dark", "--size", "800x500", "--output", path(name)]);
      expect(code, err).toBe(0);
      return readFileSync(path(name), "utf8");
    };
    const [first, second] = [await drawn("first.svg"), await drawn("second.svg")];
    expect(first).toBe(second);
    expect(first).toMatch(/^<svg [^>]*width="800" height="500"/);
    expect(first).toContain("fill: rgb(13, 17, 23)");
    for (const words of ["cross entropy (nats per token)", "95 %, one new run", "irreducible loss"]) expect(first).toContain(words);
    expect(first).not.toContain("http://localhost");
  });

  it("ends the browser when the user interrupts, with the exit code of that", async () => {
    const interruption = new AbortController();
    const plotting = type(["plot", path("fit.json"), "--output", path("never.png")], interruption.signal);
    expect(await waitFor(() => browsers().length > 0, { timeoutMs: 60_000 })).toBe(true);
    interruption.abort("SIGINT");
    expect((await plotting).code).toBe(130);
    expect(browsers()).toEqual([]);
    expect(readdirSync(folder)).not.toContain("never.png");
  });

  describe("the page", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
      expect((await type(["plot", path("fit.json"), "--figure", "all", "--output", path("page.html")])).code).toBe(0);
      expect((await type(["plot", path("fit.json"), "--theme", "dark", "--output", path("dark.html")])).code).toBe(0);
    });
    afterAll(() => browser.close());

    it.each([
      ["page", "light", "rgb(255, 255, 255)"],
      ["page", "dark", "rgb(20, 24, 28)"],
      ["dark", "light", "rgb(20, 24, 28)"],
    ] as const)(
      "%s.html is drawn for a reader who likes it %s, without a network and without an error",
      async (name, colorScheme, paper) => {
        const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(error.message));
        page.on("console", (message) => (message.type() === "error" ? problems.push(message.text()) : undefined));
        page.on("request", (request) => (request.url().startsWith("http") ? problems.push(request.url()) : undefined));
        await page.goto(pathToFileURL(path(`${name}.html`)).href);
        await page.waitForSelector("html[data-drawn=true]");
        expect(await page.locator("[data-figure] .main-svg").count()).toBeGreaterThanOrEqual(name === "page" ? 4 : 1);
        expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(paper);
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        expect(problems).toEqual([]);
        keep(`plot-${name}-${colorScheme}.png`, await page.screenshot({ fullPage: true }));
        await page.close();
      },
    );
  });
});

/** With `LADDER_KEEP_PICTURES=FOLDER`, what was seen is kept to be looked at. */
function keep(name: string, bytes: Uint8Array): void {
  const target = process.env["LADDER_KEEP_PICTURES"];
  if (target === undefined) return;
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, name), bytes);
}
