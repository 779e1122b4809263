import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

const published = (path: string): string => fileURLToPath(new URL(`../published/${path}`, import.meta.url));
const estimateSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
/** What programs may rely on. */
const reportSchema = z.object({
  places: z.array(
    z.object({
      compute: z.number(),
      size: estimateSchema,
      tokens: estimateSchema,
      tokensPerParameter: estimateSchema,
      loss: estimateSchema,
      beyond: z.number(),
    }),
  ),
  exponents: z.object({ size: estimateSchema, tokens: estimateSchema, constant: z.boolean() }),
  readings: z.array(z.object({ method: z.string(), exponent: estimateSchema.nullable() })),
  refusedReadings: z.array(z.object({ method: z.string(), code: z.string() })),
});

let folder = "";
const kept = (name: string): string => join(folder, `${name}.json`);
const fit = async (name: string, ...words: readonly string[]): Promise<void> => {
  const { code, err } = await typeCommand("fit", ...words, "--output", kept(name));
  expect({ code, err }).toEqual({ code: 0, err: "" });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-allocate-"));
  await fit("chinchilla", "--from", published("chinchilla/runs.csv"), "--drop-worst", "5", "--counting", "total");
  const marin = ["--from", published("isoflop/extracted.csv"), "--map", "N=params,D=tokens,C=budget", "--keep-repeated", "--draws", "300"];
  await fit("marin", ...marin, "--where", "dataset == 'comma' && outlier == 'False'");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder allocate", () => {
  it("prints Chinchilla's optimum at 5.76e23 with intervals, the frontier and other readings, in 80 columns", async () => {
    const { code, out, err } = await typeCommand("allocate", kept("chinchilla"), "--compute", "5.76e23");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await expect(out).toMatchFileSnapshot("__snapshots__/allocate.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("is the published optimum within 1 %", async () => {
    const { out } = await typeCommand("allocate", kept("chinchilla"), "--compute", "5.76e23", "--json");
    const { places, exponents, refusedReadings } = reportSchema.parse(JSON.parse(out));
    const [place] = places;
    const within = (value: number | undefined, reference: number, share: number): void => {
      expect(Math.abs((value ?? 0) / reference - 1)).toBeLessThan(share);
    };
    within(place?.size.value, 73.2e9, 0.01);
    within(place?.tokens.value, 1.312e12, 0.01);
    within(place?.tokensPerParameter.value, 17.9, 0.01);
    within(place?.loss.value, 1.9739, 0.001);
    expect(Math.abs(exponents.size.value - 0.5139)).toBeLessThan(0.001);
    expect(Math.abs(exponents.size.low - 0.481)).toBeLessThan(0.006);
    expect(Math.abs(exponents.size.high - 0.557)).toBeLessThan(0.006);
    expect(refusedReadings.map(({ code }) => code)).toEqual(["NOT_ISOFLOP"]);
  });

  it("shows for Marin's runs how far apart tied and free exponents and both IsoFLOP readings are", async () => {
    const { code, out } = await typeCommand("allocate", kept("marin"), "--compute", "1e23");
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot("__snapshots__/allocate-marin.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const { readings } = reportSchema.parse(JSON.parse((await typeCommand("allocate", kept("marin"), "--compute", "1e23", "--json")).out));
    const exponentOf = (method: string): number => readings.find((reading) => reading.method === method)?.exponent?.value ?? 0;
    expect(Math.abs(exponentOf("IsoFLOP parabola") - 0.426)).toBeLessThan(0.001);
    expect(exponentOf("over-training")).toBeCloseTo(0.5, 6);
    expect(exponentOf("over-training") - exponentOf("this fit")).toBeGreaterThan(0.1);
  });

  it("refuses what it cannot split, and says what is missing", async () => {
    await fit(
      "size",
      "--from",
      published("chinchilla/runs.csv"),
      "--law",
      "power-of-size-irreducible",
      "--draws",
      "100",
      "--keep-repeated",
    );
    const splitless = await typeCommand("allocate", kept("size"), "--compute", "1e22");
    expect(splitless.code).toBe(2);
    expect(splitless.err.replace(/\s+/g, " ")).toContain("does not say how loss depends on both model size and tokens");
    const other = await typeCommand("allocate", kept("chinchilla"), "--compute", "1e22", "--at", "U=1e10");
    expect(other.code).toBe(2);
    expect(other.err).toContain("chinchilla does not depend on U");
    const wrong = await typeCommand("allocate", kept("chinchilla"), "--compute", "-1", "--at", "U");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("must be above 0");
    expect(wrong.err).toContain("must be NAME=NUMBER");
    expect((await typeCommand("allocate", kept("absent"), "--compute", "1e22")).code).toBe(3);
  });
});
