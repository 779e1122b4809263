import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { typeCommand } from "./type-command.ts";

it("the plan of a strategy in stages lists the first exactly, and says of each later one how many runs it takes at most", async () => {
  const example = fileURLToPath(new URL("../../examples/independent-search.yaml", import.meta.url));
  const { code, out } = await typeCommand("plan", example);
  expect(code).toBe(0);
  const words = out.replace(/\s+/g, " ");
  expect(words).toContain("36 runs: 36 new");
  expect(words).toContain("search: independent asks for at most 204 runs in 4 stages; those above are its first");
  expect(words).toContain("stage 1: 36 runs, line of learningRate, the others at their defaults");
  // 5 and 5 values beside the default under u-muP, 4 and 4 under muP, three seeds.
  expect(words).toContain(
    "stage 2: 54 runs, each alone at the best learningRate: residualMultiplier, lossMultiplier, initStd, outputMultiplier",
  );
  expect(words).toContain("stage 3: at most 6 runs, all bests together");
  expect(words).toContain("stage 4: at most 108 runs, interactions: 3 pairs of hyperparameters, 3 values of each around its best");
});
