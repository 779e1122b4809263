import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand, typeCommandWith } from "./type-command.ts";

const chinchilla = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));
const porian = fileURLToPath(new URL("../published/isoflop/porian-owt2.csv", import.meta.url));
const figureSchema = z.object({ data: z.array(z.looseObject({ type: z.string() })).min(1), layout: z.looseObject({ xaxis: z.unknown() }) });
const documentSchema = z.strictObject({
  fit: z.string(),
  law: z.string(),
  source: z.string(),
  figures: z.array(figureSchema.extend({ figure: z.string(), title: z.string(), caption: z.string() })),
  missing: z.array(z.strictObject({ figure: z.string(), code: z.string(), message: z.string() })),
  files: z.array(z.string()),
});

let folder = "";
const path = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-plot-"));
  const fitTo = async (name: string, ...words: readonly string[]): Promise<void> => {
    const { code, err } = await typeCommand("fit", "--draws", "100", "--output", path(name), ...words);
    expect(code, err).toBe(0);
  };
  const one = (await readFile(porian, "utf8"))
    .split("\n")
    .filter((line, index) => index === 0 || line.startsWith("owt2_base_long_kaplan_standard_val,"));
  await writeFile(path("isoflop.csv"), one.join("\n"));
  await fitTo("chinchilla.json", "--from", chinchilla, "--drop-worst", "5", "--holdout", "largest:2", "--counting", "total");
  await fitTo("isoflop.json", "--from", path("isoflop.csv"), "--map", "N=n,D=t,C=flops", "--counting", "non-embedding");
  await fitTo("compute.json", "--from", path("isoflop.csv"), "--map", "C=flops", "--best-per", "C", "--law", "power-of-compute");
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder plot in a terminal", () => {
  it("draws the law through its rows in 80 columns, ASCII where the locale says no more", async () => {
    const { code, out, err } = await typeCommand("plot", path("chinchilla.json"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const line of out.split("\n")) expect(line).toMatch(/^[ -~]{0,80}$/);
    for (const words of [
      "chinchilla: loss over C",
      "cross entropy (nats per token)",
      "training compute 6 N D (FLOPs)",
      "95 %, one new run",
    ])
      expect(out).toContain(words);
    expect(out).toMatch(/abc fitted \(\d+\) {3}ABC held out \(\d+\)/);
    expect(out).toMatch(/ 1e19 .* 1e22$/m);
  });

  it("uses Unicode where the locale has it, or is told to", async () => {
    const byLocale = await typeCommandWith({ LANG: "en_GB.UTF-8" }, "plot", path("chinchilla.json"));
    const told = await typeCommand("plot", path("chinchilla.json"), "--characters", "unicode");
    expect(byLocale.out).toMatch(/[\u2801-\u28ff]/);
    expect(told.out).toBe(byLocale.out);
  });

  it("tells IsoFLOP budgets apart without colour, with the minimum of each", async () => {
    const { code, out } = await typeCommandWith({ LANG: "C.UTF-8" }, "plot", path("isoflop.json"), "--figure", "isoflop");
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot("__snapshots__/plot-isoflop.txt");
  });

  it("draws every figure that the fit has, and says which ones it does not have", async () => {
    const { code, out, err } = await typeCommand("plot", path("chinchilla.json"), "--figure", "all", "--compute", "5.76e23");
    expect(code).toBe(0);
    for (const title of ["loss over C", "measured against predicted", "the best split of compute", "profile of each parameter"])
      expect(out).toContain(title);
    expect(err).toMatch(/^no isoflop: the runs lie at \d+ budgets/);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("ladder plot for programs", () => {
  it("prints figures for Plotly, the same bits each time", async () => {
    const typed = () => typeCommand("plot", path("isoflop.json"), "--figure", "all", "--json");
    const [first, second] = [await typed(), await typed()];
    expect(first.out).toBe(second.out);
    const document = documentSchema.parse(JSON.parse(first.out));
    expect(document.figures.map(({ figure }) => figure)).toEqual(["curves", "residuals", "isoflop", "allocation", "profile"]);
    expect(document).toMatchObject({ law: "chinchilla", missing: [], files: [] });
  });

  it("writes a page that needs no network, and figures as JSON, one file each of several", async () => {
    const { code, out } = await typeCommand(
      "plot",
      path("chinchilla.json"),
      "--figure",
      "all",
      "--output",
      path("all.html"),
      "--output",
      path("all.json"),
    );
    expect(code).toBe(0);
    const names = ["all.html", "all-curves.json", "all-residuals.json", "all-allocation.json", "all-profile.json"];
    expect(out).toBe(`${names.map(path).join("\n")}\n`);
    for (const name of names.slice(1)) figureSchema.parse(JSON.parse(await readFile(path(name), "utf8")));
    const page = await readFile(path("all.html"), "utf8");
    expect(page).toContain("plotly.js v3");
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
    expect(page).toContain("No figure &quot;isoflop&quot;");
    expect(page).not.toContain("data-theme=");
  });

  it("keeps to one theme and one height when it is told to", async () => {
    const written = await typeCommand(
      "plot",
      path("chinchilla.json"),
      "--theme",
      "dark",
      "--size",
      "700x480",
      "--output",
      path("dark.html"),
      "--output",
      path("dark.json"),
    );
    expect(written.code).toBe(0);
    expect(await readFile(path("dark.html"), "utf8")).toMatch(/<html lang="en" data-theme="dark">[\s\S]*"height":480/);
    const { layout } = figureSchema.parse(JSON.parse(await readFile(path("dark.json"), "utf8")));
    expect(layout).toMatchObject({ font: { color: "#e6edf3" } });
  });

  it("says before it computes that there is no Chromium, and what needs none", async () => {
    for (const name of ["plot.svg", "plot.png"]) {
      const { code, err } = await typeCommandWith(
        { LADDER_CHROMIUM: "/nowhere/chrome" },
        "plot",
        path("absent.json"),
        "--output",
        path(name),
        "--json",
      );
      expect(code).toBe(5);
      expect(JSON.parse(err)).toMatchObject({ error: { kind: "unavailable", code: "CHROMIUM_NOT_FOUND" } });
      expect(err).toContain("--output figure.html");
    }
  });
});

describe("ladder plot refuses", () => {
  const refusalOf = async (...words: readonly string[]): Promise<string> => {
    const { code, err } = await typeCommand("plot", ...words);
    expect(code).toBe(2);
    return err.replace(/\s+/g, " ");
  };

  it("a figure that the fit does not have, and names those that it has", async () => {
    const scattered = await refusalOf(path("chinchilla.json"), "--figure", "isoflop");
    expect(scattered).toMatch(/has no figure "isoflop": the runs lie at \d+ budgets.* it has curves, residuals, allocation, profile/);
    const ofCompute = await refusalOf(path("compute.json"), "--figure", "allocation");
    expect(ofCompute).toContain('this fit of power-of-compute has no figure "allocation"');
    expect(ofCompute).toContain("it has curves, residuals, profile");
  });

  it("an input that the law does not have, a file of an unknown kind, and a size that is none", async () => {
    expect(await refusalOf(path("chinchilla.json"), "--along", "width")).toContain('cannot be drawn along "width"; it can along N, D, C');
    expect(await refusalOf(path("chinchilla.json"), "--output", path("plot.pdf"))).toContain("does not end in .html, .json, .svg, .png");
    expect(await refusalOf(path("chinchilla.json"), "--size", "900")).toContain("--size: must be WIDTHxHEIGHT");
    expect(await refusalOf(path("chinchilla.json"), "--size", "9x99999")).toContain("from 200x200 to 10000x10000");
  });

  it("what is no fit", async () => {
    await writeFile(path("other.json"), "{}");
    expect(await refusalOf(path("other.json"))).toContain("is no fit");
    expect((await typeCommand("plot", path("nothing.json"))).code).toBe(3);
  });
});
