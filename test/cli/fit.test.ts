import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

const chinchilla = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));
const parameterSchema = z.strictObject({
  value: z.number().nullable(),
  interval95: z.tuple([z.number(), z.number()]),
  identified: z.boolean(),
  profile95: z.tuple([z.number().nullable(), z.number().nullable()]),
});
/** The stable part of the document. */
const documentSchema = z.object({
  law: z.literal("chinchilla"),
  parameters: z.strictObject({ E: parameterSchema, A: parameterSchema, B: parameterSchema, alpha: parameterSchema, beta: parameterSchema }),
  objective: z.strictObject({ kind: z.enum(["huber", "leastSquares"]), delta: z.number().nullable(), value: z.number() }),
  rows: z.strictObject({ used: z.int(), excluded: z.array(z.strictObject({ row: z.int(), reason: z.string() })) }),
  holdout: z
    .object({ meanAbsoluteRelativeError: z.number(), maxAbsoluteRelativeError: z.number(), coverage95: z.number(), halfWidth: z.number() })
    .nullable(),
  warnings: z.array(z.string()),
});

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-fit-"));
  await writeFile(join(folder, "few.csv"), "N,D,loss\n1e7,1e9,3.5\n2e7,1e9,3.3\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder fit", () => {
  it("prints the published fit of Chinchilla's 240 points, its intervals and what is a ridge, in 80 columns", async () => {
    const { code, out, err } = await typeCommand("fit", "--from", chinchilla, "--drop-worst", "5", "--counting", "total");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await expect(out).toMatchFileSnapshot("__snapshots__/fit.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("is a document with stable names, and the same bits again; every row left out is there with its line", async () => {
    const typed = () => typeCommand("fit", "--from", chinchilla, "--drop-worst", "5", "--holdout", "largest:1", "--draws", "200", "--json");
    const [first, second] = [await typed(), await typed()];
    expect(first.out).toBe(second.out);
    const fit = documentSchema.parse(JSON.parse(first.out));
    expect(fit.rows.used + fit.rows.excluded.length).toBe(245);
    expect(fit.rows.excluded.filter(({ reason }) => reason === "held out")).toHaveLength(20);
    expect(fit.rows.excluded.filter(({ reason }) => reason.includes("--drop-worst"))).toHaveLength(5);
    expect(fit.holdout?.meanAbsoluteRelativeError).toBeLessThan(0.012);
    expect(fit.holdout?.coverage95).toBeGreaterThanOrEqual(0.85);
  });

  it("weighs rows by a column, and takes residuals of the plain loss", async () => {
    const fitOf = async (...words: readonly string[]) =>
      documentSchema.parse(JSON.parse((await typeCommand("fit", "--from", chinchilla, "--draws", "100", "--json", ...words)).out));
    const even = await fitOf("--drop-worst", "5");
    const doubled = await fitOf("--drop-worst", "5", "--map", "weight=0*D+2");
    expect(doubled.objective.value).toBeCloseTo(2 * even.objective.value, 9);
    expect(doubled.parameters.alpha.value).toBeCloseTo(even.parameters.alpha.value ?? 0, 6);
    const raw = await fitOf("--drop-worst", "5", "--objective", "least-squares", "--residuals", "value");
    expect(raw.objective).toMatchObject({ kind: "leastSquares", delta: null });
    expect(raw.objective.value).toBeLessThanOrEqual(0.083205);
    expect(raw.parameters.E.value).toBeCloseTo(1.8828, 3);
    expect(raw.parameters.beta.value).toBeCloseTo(0.4276, 3);
  });

  it("refuses what cannot be fitted, and says what is missing", async () => {
    const few = await typeCommand("fit", "--from", join(folder, "few.csv"));
    expect(few.code).toBe(2);
    expect(few.err).toContain("chinchilla has 5 parameters to fit and only 2 rows");
    const unknown = await typeCommand("fit", "--from", chinchilla, "--law", "nope");
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('there is no law "nope"; known: chinchilla');
    const much = await typeCommand("fit", "--from", chinchilla, "--holdout", "largest:11");
    expect(much.code).toBe(2);
    expect(much.err.replace(/\s+/g, " ")).toContain("leave 1 to fit; three are the fewest");
    const absent = await typeCommand("fit", "--from", join(folder, "absent.csv"));
    expect(absent.code).toBe(3);
    const column = await typeCommand("fit", "--from", chinchilla, "--map", "N=params");
    expect(column.code).toBe(2);
    expect(column.err).toContain("params");
  });
});
