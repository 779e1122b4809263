import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { parsePredictionDocument } from "../../analysis/fits/predictions/prediction-document.ts";
import { exitCodeOfVerification, renderVerification } from "../../cli/verification-text.ts";
import { readSettings } from "../../infra/settings.ts";
import { verifyFile } from "../../operations/verify-fit.ts";
import { typeCommand } from "./type-command.ts";

const published = (path: string): string => fileURLToPath(new URL(`../published/${path}`, import.meta.url));
const settings = readSettings({}, "/nowhere");
const colors = pc.createColors(false);
const range = z.tuple([z.number(), z.number()]);
/** What programs may rely on. */
const stableSchema = z.object({
  kind: z.literal("law-prediction"),
  law: z.literal("chinchilla"),
  fit: z.object({ id: z.null(), contentHash: z.string(), codeVersion: z.string() }),
  parameters: z.strictObject({ E: z.number(), A: z.number(), B: z.number(), alpha: z.number(), beta: z.number() }),
  at: z.strictObject({ N: z.number(), D: z.number() }),
  budget: z.strictObject({ name: z.literal("C"), value: z.number() }),
  output: z.strictObject({ name: z.literal("loss"), unit: z.literal("nats per token") }),
  value: z.number(),
  interval95: z.strictObject({ mean: range, newRun: range }),
  calibration: z.object({ method: z.string(), words: z.string() }),
  heldOut: z.object({ of: z.string(), inside: z.int(), rows: z.int(), interval95: range }),
  distance: z.array(z.object({ name: z.string(), logRatio: z.number(), words: z.string() })).length(3),
  sensitivityToE: z.object({
    parameter: z.literal("E"),
    interval95: range,
    predictions: z.array(z.object({ held: z.number(), value: z.number() })),
  }),
  rungs: z.array(z.object({ budget: z.number(), rows: z.int(), value: z.number(), change: z.number(), error: z.number() })),
  equivalent: z.null(),
  warnings: z.array(z.string()),
  registered: z.null(),
});

let folder = "";
let chinchilla = "";
let routed = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-predict-"));
  chinchilla = join(folder, "fit.json");
  routed = join(folder, "routed.json");
  const fits = [
    [
      "--from",
      published("chinchilla/runs.csv"),
      "--drop-worst",
      "5",
      "--counting",
      "total",
      "--holdout",
      "largest:1",
      "--output",
      chinchilla,
    ],
    [
      ...["--from", published("routed-lm/final.csv"), "--law", "routed", "--objective", "least-squares", "--output", routed],
      ...["--map", "N=dense_parameter_count,experts=num_experts,loss=loss_validation", "--keep-repeated", "--counting", "total"],
      ...["--where", "k == 1 and routing_frequency == 0.5 and (router_type == 'S-Base' or router_type == 'Dense')"],
    ],
  ];
  for (const words of fits) {
    const { code, err } = await typeCommand("fit", ...words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder predict", () => {
  it("says value and both intervals first, then how far and what it hangs on, in 80 columns", async () => {
    const { code, out, err } = await typeCommand("predict", chinchilla, "--at", "N=7e10,D=1.4e12");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await expect(out).toMatchFileSnapshot("__snapshots__/predict.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("tells routed models as dense ones", async () => {
    const { code, out } = await typeCommand("predict", routed, "--at", "N=1e9,experts=1024", "--at", "N=1.5e8,experts=1");
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot("__snapshots__/predict-routed.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("is a document with stable names and the same bits again; several places are a list", async () => {
    const typed = () => typeCommand("predict", chinchilla, "--at", "N=7e10,C=5.88e23", "--json");
    const [first, second] = [await typed(), await typed()];
    expect(first.out).toBe(second.out);
    const json: unknown = JSON.parse(first.out);
    const document = stableSchema.parse(json);
    expect(document.at.D).toBe(1.4e12);
    expect(document.budget.value).toBe(5.88e23);
    expect(parsePredictionDocument(json, "what it printed")).toEqual(json);
    const two = await typeCommand("predict", chinchilla, "--at", "N=7e10,C=5.88e23", "--at", "N=1e9,D=2e10", "--json");
    expect(z.array(stableSchema).parse(JSON.parse(two.out))[0]).toEqual(document);
  });

  it("refuses what it cannot do, and says how to do it", async () => {
    const refused = async (...words: readonly string[]) => {
      const { code, err } = await typeCommand("predict", ...words);
      return { code, words: err.replace(/\s+/g, " ") };
    };
    const unkept = await refused(chinchilla, "--at", "N=7e10,D=1.4e12", "--register");
    expect(unkept.code).toBe(2);
    expect(unkept.words).toContain("ladder fit --from RUNS --study NAME");
    expect(await refused(routed, "--at", "N=1e9,E=64")).toMatchObject({
      code: 2,
      words: expect.stringContaining("experts (experts in a routed layer") as unknown,
    });
    expect(await refused(chinchilla, "--at", "N=0,D=1e12")).toMatchObject({
      code: 2,
      words: expect.stringContaining("N above 0, for example 1e9") as unknown,
    });
    expect(await refused(chinchilla, "--at", "N=7e10")).toMatchObject({
      code: 2,
      words: expect.stringContaining("give --at N=70000000000,D=…") as unknown,
    });
    expect(await refused(chinchilla)).toMatchObject({ code: 2, words: expect.stringContaining("needs a place") as unknown });
    expect(await refused(chinchilla, "--at", "seventy")).toMatchObject({ code: 2 });
    expect(await refused("--scores", "--register")).toMatchObject({ code: 2 });
    expect((await refused(join(folder, "absent.json"), "--at", "N=1,D=1")).code).toBe(3);
  });
});

describe("verification of a file", () => {
  const written = async (name: string, json: unknown): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify(json));
    return path;
  };
  const read = async (path: string): Promise<Record<string, unknown>> =>
    z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path, "utf8")));

  it("finds a fit and its predictions the same to the last bit", async () => {
    const ofFit = await verifyFile(settings, chinchilla);
    expect(ofFit).toMatchObject([{ kind: "fit", law: "chinchilla", matches: true, differences: [] }]);
    const { out } = await typeCommand("predict", chinchilla, "--at", "N=7e10,C=5.88e23", "--at", "N=1e9,D=2e10", "--json");
    const path = await written("predictions.json", JSON.parse(out));
    const ofPredictions = await verifyFile(settings, path, { fit: chinchilla });
    expect(ofPredictions).toMatchObject([
      { kind: "prediction", matches: true, differences: [], unchecked: [] },
      { kind: "prediction", matches: true, differences: [] },
    ]);
    expect(exitCodeOfVerification(ofPredictions)).toBe(0);
    // Without the fit only the constants can be checked, and that is said.
    const alone = await verifyFile(settings, path);
    expect(alone).toMatchObject([{ matches: true, unchecked: [expect.stringContaining("--fit FILE") as unknown] }, { matches: true }]);
  });

  it("says which numbers are not the same", async () => {
    const { out } = await typeCommand("predict", chinchilla, "--at", "N=7e10,D=1.4e12", "--json");
    const prediction = parsePredictionDocument(JSON.parse(out), "what it printed");
    const changed = await written("changed.json", { ...prediction, value: 1.9, interval95: { ...prediction.interval95, mean: [1.8, 2] } });
    const found = await verifyFile(settings, changed, { fit: chinchilla });
    expect(found[0]?.matches).toBe(false);
    expect(found[0]?.constants?.matches).toBe(false);
    expect(found[0]?.differences.map(({ path }) => path)).toEqual(["value", "interval95.mean.0", "interval95.mean.1"]);
    expect(exitCodeOfVerification(found)).toBe(10);
    const text = renderVerification(found, colors, 80);
    expect(text.replace(/\s+/g, " ")).toContain("a prediction by chinchilla: not the same");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const moved = await written("moved.json", { ...(await read(chinchilla)), objective: { kind: "huber", delta: 0.001, value: 1 } });
    expect(renderVerification(await verifyFile(settings, moved), colors, 80)).toMatch(/objective\.value\s+1\s+0\.00\d+/);
  });

  it("of constants that somebody printed says what they give", async () => {
    const parameters = { E: 1.869144, A: 520.825, B: 1487.716, s: 0.3526596, RD: 15.387756, RN: 5.309743 };
    const at = { N: 8.7e9, D: 178e9, U: 25428571428.571 };
    const path = await written("constants.json", { law: "data-constrained", parameters, at, value: 2.38 });
    const found = await verifyFile(settings, path);
    expect(exitCodeOfVerification(found)).toBe(10);
    expect(renderVerification(found, colors, 200)).toContain(
      "the constants give 2.22608 ± 0.005 for the digits that are printed, but 2.38 is printed",
    );
    const right = await verifyFile(settings, await written("right.json", { law: "data-constrained", parameters, at, value: 2.23 }));
    expect(exitCodeOfVerification(right)).toBe(0);
  });

  it("of anything else says what it takes", async () => {
    await expect(verifyFile(settings, await written("other.json", { law: "chinchilla", value: 2 }))).rejects.toMatchObject({
      code: "NOTHING_TO_VERIFY",
      hint: expect.stringContaining("ladder predict --json") as unknown,
    });
    await expect(verifyFile(settings, join(folder, "absent.json"))).rejects.toMatchObject({ kind: "missing" });
  });
});
