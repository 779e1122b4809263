import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseFitDocument } from "../../analysis/fits/document/fit-document.ts";
import { scheduleFactor } from "../../analysis/numerics/schedule-factor.ts";
import { typeCommand } from "./type-command.ts";

const curves = fileURLToPath(new URL("../published/annealing-curves/runs.csv", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-curves-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The two published curves as a trainer logs them: step, learning rate, loss. */
async function logged(): Promise<string> {
  const [, ...lines] = (await readFile(curves, "utf8")).trim().split("\n");
  const rows = lines.map((line) => {
    const [shape = "", step = "", loss = ""] = line.split(",");
    const schedule = {
      shape: shape === "cosine" ? "cosine" : "constant",
      warmupSteps: 500,
      totalSteps: 20_000,
      finalFraction: 0,
      decaySteps: 0,
    } as const;
    return `${shape},${step},${2e-4 * scheduleFactor(schedule, Number(step))},${loss}`;
  });
  const path = join(folder, "curves.csv");
  await writeFile(path, `curve,step,learningRate,loss\n${rows.join("\n")}\n`);
  return path;
}

describe("a law of whole loss curves", () => {
  it("takes the areas from the learning rates that were logged, and comes near the constants from every update", async () => {
    const { code, out, err } = await typeCommand(
      "fit",
      "--law",
      "annealing",
      "--from",
      await logged(),
      "--cluster",
      "curve",
      "--draws",
      "100",
      "--json",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { parameters, rows } = parseFitDocument(JSON.parse(out), "what fit printed");
    expect(rows.excluded).toEqual([]);
    for (const [name, reference] of Object.entries({ L0: 2.62779655, A: 0.42966514, C: 0.41077247, alpha: 0.54984562 }))
      expect(Math.abs((parameters[name]?.value ?? 0) / reference - 1), name).toBeLessThan(0.02);
  });

  it("says what it needs when neither areas nor learning rates are there, and refuses a curve that goes back", async () => {
    const chinchilla = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));
    const missing = await typeCommand("fit", "--law", "annealing", "--from", chinchilla);
    expect(missing.code).toBe(2);
    expect(missing.err.replace(/\s+/g, " ")).toContain("map S1 and S2, or step and learningRate");
    const mixed = await typeCommand("fit", "--law", "annealing", "--from", await logged());
    expect(mixed.code).toBe(2);
    expect(mixed.err).toContain("--cluster COLUMN tells curves apart");
  });
});
