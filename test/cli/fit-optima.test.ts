import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

const steps = fileURLToPath(new URL("../published/steplaw/runs.csv", import.meta.url));
const chinchilla = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));
const mapped = ["--from", steps, "--map", "learningRate=lr,B=bs*2048,loss=`smooth loss`", "--counting", "non-embedding"] as const;

describe("ladder fit optima", () => {
  it("prints Step Law's optima, laws, sensitivity and the regret on the largest D, in 80 columns", async () => {
    const { code, out, err } = await typeCommand(
      "fit",
      "optima",
      ...mapped,
      "--of",
      "learningRate=N,D",
      "--of",
      "B=D",
      "--at",
      "N=7e9,D=1.4e12",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await expect(out).toMatchFileSnapshot("__snapshots__/fit-optima.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("predicts the held-out learning rates within 20 % under the vertex rule, and says so in JSON", async () => {
    const { out } = await typeCommand("fit", "optima", ...mapped, "--of", "learningRate=N,D", "--of", "B=D", "--json");
    const schema = z.object({
      kind: z.literal("optima-fit"),
      heldOut: z.object({
        variable: z.literal("D"),
        scales: z.array(z.object({ ratios: z.record(z.string(), z.number()) })),
        maxRelativeRegret: z.number(),
      }),
    });
    const { heldOut } = schema.parse(JSON.parse(out));
    expect(heldOut.scales).toHaveLength(4);
    for (const { ratios } of heldOut.scales) expect(Math.abs((ratios["learningRate"] ?? 0) - 1)).toBeLessThan(0.2);
    expect(heldOut.maxRelativeRegret).toBeLessThan(0.001);
  });

  it("refuses a law that the scales cannot tell, and a hyperparameter that is not there", async () => {
    const { code, err } = await typeCommand("fit", "optima", "--from", chinchilla, "--of", "learningRate=N,D");
    expect(code).toBe(2);
    expect(err).toContain("runs.csv has no column learningRate");
    const wrong = await typeCommand("fit", "optima", ...mapped, "--of", "learningRate");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("learningRate=N,D");
  });
});

describe("ladder fit compare", () => {
  it("orders laws by their error on larger runs, and says which it could not fit", async () => {
    const { code, out } = await typeCommand(
      ...["fit", "compare", "--from", chinchilla, "--drop-worst", "5", "--counting", "total"],
      ...["--laws", "power-of-size,chinchilla,kaplan-joint,data-constrained", "--json"],
    );
    expect(code).toBe(0);
    const schema = z.object({
      laws: z.array(z.object({ law: z.string(), holdout: z.object({ meanAbsoluteRelativeError: z.number() }) })),
      refused: z.array(z.object({ law: z.string(), code: z.string() })),
    });
    const { laws, refused } = schema.parse(JSON.parse(out));
    expect(laws.map(({ law }) => law)).toEqual(["chinchilla", "kaplan-joint", "power-of-size"]);
    const errors = laws.map(({ holdout }) => holdout.meanAbsoluteRelativeError);
    expect(errors).toEqual([...errors].sort((left, right) => left - right));
    expect(refused).toEqual([{ law: "data-constrained", code: "VARIABLE_MISSING" }]);
  });

  it("refuses laws of different quantities", async () => {
    const { code, err } = await typeCommand("fit", "compare", "--from", chinchilla, "--laws", "chinchilla,learning-rate-of-size");
    expect(code).toBe(2);
    expect(err).toContain("laws of different quantities cannot be compared");
  });
});
