import { describe, expect, it } from "vitest";
import { figureThemes, lossBasinFigure, proofFigure, transferFigure, type PlotlyFigure } from "../../../analysis/index.ts";
import {
  compareWithMeasured,
  measureBasins,
  predictExcessLoss,
  recommendValue,
  testTransfers,
  type Recommendation,
} from "../../../analysis/index.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { plantSweep, scaleOfWidth } from "../../unit/transfer/planted-sweep.ts";
import { publishedResults } from "../../unit/transfer/published-tables.ts";

const names = { sp: "SP", mup: "μP" };
const order = ["sp", "mup"];
const question = { axis: "width", hyperparameter: "learningRate" } as const;
const { width, depth, headDimension, batchSizeTokens, tokenHorizon } = scaleOfWidth(256);
const target = { width, depth, headDimension, batchSizeTokens, tokenHorizon };

/** The published tables with a second seed that differs by run noise of 4 millinats. */
function results(): readonly TrialRunResult[] {
  const random = randomStream(1, "figures");
  const first = publishedResults();
  const again = first.map((row) => ({
    ...row,
    seed: 2,
    runKey: `${row.runKey}-again`,
    cluster: `${row.runKey}-again`,
    loss: (row.loss ?? 0) + 0.004 * random.normal(),
  }));
  return [...first, ...again];
}

function recommendation(parametrization: string): Recommendation {
  const answer = recommendValue(results(), { ...question, parametrization, target, base: { width: 16 }, names });
  if (answer.outcome !== "recommended") throw new Error(answer.words);
  return answer;
}

function everyFigure(theme: (typeof figureThemes)[number]): Readonly<Record<string, PlotlyFigure>> {
  const basins = measureBasins(results(), question);
  const [sp, mup] = [recommendation("sp"), recommendation("mup")];
  const predicted = predictExcessLoss(
    { prediction: sp.prediction, value: sp.carried.value },
    { prediction: mup.prediction, value: mup.value },
  );
  const proof = compareWithMeasured(
    predicted,
    [
      { seed: 1, runKey: "a", loss: 2.574 },
      { seed: 2, runKey: "b", loss: 2.585 },
    ],
    [
      { seed: 1, runKey: "c", loss: 2.461 },
      { seed: 2, runKey: "d", loss: 2.459 },
    ],
  );
  return {
    "loss-basins": lossBasinFigure(basins, { theme, names, order }),
    transfer: transferFigure(testTransfers(basins, { names }), [sp.prediction, mup.prediction], { theme, names, order }),
    proof: proofFigure(proof, { theme, order, choiceLabel: "SP, carried up: 0.0353", referenceLabel: "μP, recommended: 0.0270" }),
  };
}

describe("figures are plain JSON and keep their bits", () => {
  for (const theme of figureThemes)
    for (const name of ["loss-basins", "transfer", "proof"])
      it(`${name}, ${theme}`, async () => {
        const figure = everyFigure(theme)[name];
        expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
        await expect(`${JSON.stringify(figure, null, 1)}\n`).toMatchFileSnapshot(`snapshots/${name}-${theme}.json`);
      });
});

describe("what a reader sees", () => {
  const { "loss-basins": basins, transfer, proof } = everyFigure("light");

  it("names the units on every loss axis", () => {
    expect(JSON.stringify(basins?.layout)).toContain("held-out loss (nats per token)");
    expect(JSON.stringify(proof?.layout)).toContain("excess loss (nats per token)");
  });

  it("has one legend entry a width, and panels in the order asked for", () => {
    expect(basins?.data.filter((trace) => trace["showlegend"] === true).map((trace) => trace["name"])).toEqual(["16", "32", "64", "128"]);
    expect(JSON.stringify(basins?.layout["annotations"])).toMatch(/SP.*μP/);
  });

  it("draws the equivalence zone and the hollow target", () => {
    expect(transfer?.data.map((trace) => trace["name"])).toContain("± 0.25 octave per doubling");
    expect(JSON.stringify(transfer?.data)).toContain("predicted at width 256");
  });

  it("draws divergence as a cross on the upper edge and an optimum on the edge as a triangle", () => {
    const odd = plantSweep({ slope: -1.5, intercept: -4.5 }).map((row) =>
      (row.hyperparameters["learningRate"] ?? 0) > 0.1 ? { ...row, state: "diverged" as const, loss: null } : row,
    );
    const figure = lossBasinFigure(measureBasins(odd, question), { theme: "light" });
    const text = JSON.stringify(figure.data);
    expect(text).toContain('"symbol":"x"');
    expect(text).toContain("2 of 2 diverged");
    expect(text).toContain('"symbol":"triangle-left"');
    expect(text).toContain("widen the grid down");
  });

  it("copes with nothing at all", () => {
    expect(lossBasinFigure([], { theme: "dark" }).data).toEqual([]);
    const empty = transferFigure([], [], { theme: "dark" });
    expect(empty.data).toEqual([]);
    expect(JSON.parse(JSON.stringify(empty))).toEqual(empty);
  });
});
