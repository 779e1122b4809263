import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderSensitivity } from "../../cli/sensitivity-text.ts";
import { readSettings } from "../../infra/settings.ts";
import { sensitivityOfFit } from "../../operations/fit-sensitivity.ts";
import { typeCommand } from "./type-command.ts";

const runs = fileURLToPath(new URL("../published/misfitting/final.csv", import.meta.url));
let folder = "";
let kept = "";
let few = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-sensitivity-"));
  kept = join(folder, "fit.json");
  few = join(folder, "few.csv");
  const sizes = [1e7, 2e7, 4e7, 8e7];
  const lines = sizes.flatMap((N) =>
    [5, 10, 20, 40].map((ratio) => `${N},${ratio * N},${(1.8 + 300 / N ** 0.3 + (700 + ratio) / (ratio * N) ** 0.3).toFixed(4)}`),
  );
  await writeFile(few, ["N,D,loss", ...lines].join("\n"));
  const fit = await typeCommand("fit", "--from", runs, "--counting", "total", "--keep-repeated", "--draws", "100", "--output", kept);
  expect(fit.code, fit.err).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder sensitivity", () => {
  it("prints its table, at ten times the largest fitted budget unless asked", async () => {
    const file = join(folder, "few.json");
    await typeCommand("fit", "--from", few, "--law", "over-training", "--draws", "100", "--output", file);
    const { code, out, err } = await typeCommand("sensitivity", file);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("with the best split of 1.54e19 FLOPs:\nVARIANT");
    expect(out).toMatch(/\nN\* at 1\.54e19 FLOPs is .* as fitted;/);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const json: unknown = JSON.parse((await typeCommand("sensitivity", file, "--compute", "1e21", "--json")).out);
    expect(json).toMatchObject({ law: "over-training", computes: [1e21], split: { size: "N", tokens: "D" } });
  });

  it("is one table of (Mis)Fitting's runs: form, counting, objective, starts and rows, each with the best split", async () => {
    const report = await sensitivityOfFit(readSettings({}, "/nowhere"), kept, {
      computes: [1e22],
      otherCount: { path: runs, column: "N_no_emb" },
    });
    const text = renderSensitivity(report, 80);
    await expect(`${text}\n`).toMatchFileSnapshot("__snapshots__/sensitivity.txt");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const { rows, spreads } = report;
    const of = (variant: string) => rows.find((row) => row.variant === variant);
    // The published fit, and what counting without embeddings makes of it: alpha .20 becomes .05, and E is gone.
    expect(of("as fitted")?.objectiveValue).toBeLessThanOrEqual(0.0050217);
    expect(Math.abs((of("as fitted")?.parameters["alpha"] ?? 0) - 0.20027)).toBeLessThan(0.0005);
    expect(Math.abs((of("N as N_no_emb")?.parameters["alpha"] ?? 0) - 0.053)).toBeLessThan(0.005);
    expect(of("N as N_no_emb")?.parameters["E"]).toBeNull();
    expect(of("every start run")?.objectiveValue).toBeGreaterThan((of("as fitted")?.objectiveValue ?? 0) * (1 - 1e-6));
    expect(spreads[0]?.byFactor.map(({ factor }) => factor)).toEqual(["form", "counting", "objective", "starts", "rows"]);
  });

  it("refuses a count of another file, and one without its file", async () => {
    const other = fileURLToPath(new URL("../published/misfitting/checkpoints.csv", import.meta.url));
    const differing = await typeCommand("sensitivity", kept, "--from", other, "--other-count", "N");
    expect(differing.code).toBe(4);
    expect(differing.err.replace(/\s+/g, " ")).toContain("is not the row that was fitted");
    const alone = await typeCommand("sensitivity", kept, "--other-count", "N_no_emb");
    expect(alone.code).toBe(2);
    expect(alone.err).toContain("--from and --other-count need each other");
  });
});
