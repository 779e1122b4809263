import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { listSuggestions } from "../../../infra/postgres/suggestions.ts";
import { listTrials } from "../../../infra/postgres/trials.ts";
import { sweepHandle } from "../../../infra/temporal/client.ts";
import { showStudy } from "../../../operations/show-study.ts";
import { createInstallation, type Installation, startTestServers, type TestServers } from "./installation.ts";

let servers: TestServers;
const installations: Installation[] = [];
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers.stop());
beforeEach(() => {
  installations.length = 0;
});
afterEach(() => Promise.all(installations.map((installation) => installation.close())));

/** The fast trainer's loss is lowest at a rate of 2^-6, and the longer it trains the lower it is. */
const independentSearch: Partial<StudySpecInput> = {
  scales: { width: 8, depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
  space: { learningRate: { log2: { from: -8, to: -4, step: 1 } }, steps: { values: [3, 5, 8] } },
  strategy: { name: "independent", settings: { defaults: { steps: 5 } } },
  seeds: [1, 2],
};

it("an independent search goes from stage to stage as results come in, each place with every seed, and shows what it found", async () => {
  const installation = await createInstallation(servers);
  installations.push(installation);
  installation.startWorker();
  const sweep = await installation.insertAndStart("staged", [], independentSearch, 3);
  // 5 rates and 2 more lengths, two seeds each; the combination is the best length.
  expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ state: "finished", finished: 14, failed: 0 });
  const suggestions = await listSuggestions(installation.db, sweep.id);
  expect(suggestions.slice(0, 10).map(({ values }) => values["steps"])).toEqual(Array.from({ length: 10 }, () => 5));
  expect(suggestions.slice(10).every(({ values }) => values["learningRate"] === 2 ** -6)).toBe(true);
  const trials = await listTrials(installation.db, sweep.id);
  expect(trials.map(({ runs }) => runs.map(({ seed }) => seed).sort())).toEqual(Array.from({ length: 7 }, () => [1, 2]));
  const { independentSearch: found } = await showStudy(installation, "staged");
  expect(found?.lanes[0]?.combination).toMatchObject({ hyperparameters: { learningRate: 2 ** -6, steps: 8 }, verdict: "same" });
});
