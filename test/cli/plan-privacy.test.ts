import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertTrainable, planPrivacy } from "../../operations/plan-privacy.ts";
import { typeCommand } from "./type-command.ts";

const example = fileURLToPath(new URL("../../examples/width-transfer.yaml", import.meta.url));
/** CIFAR-10 at epsilon 8, simulated at batch 256: the reference run of Sander et al. 2023. */
const cifar = { examples: 50_000, delta: 1e-5, batchSize: 4096, noiseMultiplier: 3, steps: 2500, conversion: "balle2020" } as const;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-privacy-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plan(lines: readonly string[]): Promise<Awaited<ReturnType<typeof typeCommand>>> {
  const path = join(folder, "study.yaml");
  await writeFile(path, `${await readFile(example, "utf8")}\nprivacy:\n${lines.map((line) => `  ${line}\n`).join("")}`);
  return typeCommand("plan", path);
}
const asked = ["examples: 50000", "delta: 1e-5", "batchSize: 4096", "noiseMultiplier: 3", "steps: 2500"];

describe("the plan of a study with DP-SGD", () => {
  it("says that the simulation is not private, with its epsilon, and gives epsilon of the final run", async () => {
    const { code, out } = await plan([...asked, "simulationBatchSize: 256"]);
    expect(code).toBe(0);
    const words = out.replace(/\s+/g, " ");
    expect(words).toContain("simulation at batch size 256 with noise multiplier 0.1875: NOT private, epsilon 333.8");
    expect(words).toContain("the run at batch size 4096 with noise multiplier 3 spends epsilon 7.098 at delta 0.00001 (balle2020");
  });

  it("warns of a delta that is not below one in the number of examples", async () => {
    const { out } = await plan(asked.map((line) => (line.startsWith("delta") ? "delta: 1e-3" : line)));
    expect(out.replace(/\s+/g, " ")).toMatch(/warning: .*delta/);
  });

  it("refuses a batch of more examples than there are, and what is misspelt", async () => {
    const large = await plan(asked.map((line) => (line.startsWith("batchSize") ? "batchSize: 60000" : line)));
    expect(large.code).toBe(2);
    expect(large.err).toContain("60000");
    const misspelt = await plan([...asked, "sigma: 3"]);
    expect(misspelt.code).toBe(2);
    expect(misspelt.err).toContain("sigma");
  });

  it("depends on the conversion, which it names", () => {
    expect(planPrivacy(cifar).final.epsilon).toBeCloseTo(7.099, 2);
    expect(planPrivacy({ ...cifar, conversion: "mironov2017" }).final.epsilon).toBeCloseTo(7.817, 2);
    expect(planPrivacy({ ...cifar, conversion: "mironov2017" }).words).toContain("mironov2017");
  });

  it("is not submitted: no trainer can be told of clipping and noise", () => {
    expect(() => {
      assertTrainable("private", cifar);
    }).toThrow(expect.objectContaining({ code: "PRIVACY_NOT_TRAINED", kind: "rejected" }) as Error);
    assertTrainable("ordinary", undefined);
  });
});
