import { LadderError } from "../study/ladder-error.ts";
import { sameFamily, type Basin } from "./basins.ts";
import { measureDrift, type Drift } from "./drift.ts";
import { runsToDecide } from "./runs-to-decide.ts";
import {
  defaultTransferTest,
  type OptimumRow,
  type TransferBlocker,
  type TransferTest,
  type TransferTestOptions,
  type TransferVerdict,
} from "./transfer-test.ts";
import { describeVerdict } from "./verdict-words.ts";

/**
 * Equivalence test of transfer: `transfers` when the whole interval of the drift lies inside the margin,
 * `does-not-transfer` when it lies wholly outside, `undecided` when it straddles an end (two one-sided tests, Schuirmann
 * 1987, at (1 - level) / 2 each). `no-verdict` when an optimum is not bracketed by its grid, there are fewer than three
 * places on the axis, or no degrees of freedom: an unbracketed optimum biases the slope, whatever the interval says.
 *
 * @param basins of one parametrization with one set of constants, in any order
 * @throws LadderError `input` BASINS_EMPTY, BASINS_MIXED or MARGIN_RANGE
 */
export function testTransfer(basins: readonly Basin[], options: TransferTestOptions = {}): TransferTest {
  const margin = options.marginOctavesPerDoubling ?? defaultTransferTest.marginOctavesPerDoubling;
  const level = options.level ?? defaultTransferTest.level;
  const [first] = basins;
  if (first === undefined)
    throw new LadderError("input", "BASINS_EMPTY", "no run of the sweep has this hyperparameter: there is no loss basin to test");
  if (!(margin > 0))
    throw new LadderError("input", "MARGIN_RANGE", `the margin must be above 0 octaves per doubling, got ${margin}`, {
      fields: { margin },
    });
  const stranger = basins.find((basin) => !sameFamily(first, basin));
  if (stranger !== undefined)
    throw new LadderError("input", "BASINS_MIXED", "a transfer test takes one parametrization with everything off the axis held constant", {
      fields: { left: [first.parametrization, first.heldConstant], right: [stranger.parametrization, stranger.heldConstant] },
      hint: "use testTransfers, which tests each by itself",
    });
  const ordered = [...basins].sort((left, right) => left.axisValue - right.axisValue);
  const cells = ordered.filter((basin) => basin.isSweep);
  const blockers = cells.flatMap(blockersOf);
  const drift = blockers.length === 0 ? measureDrift(cells, level) : null;
  const verdict = cells.length < 3 || drift === null ? "no-verdict" : judge(drift, margin);
  const gridPoints = Math.max(0, ...cells.map((basin) => basin.points.length));
  const test = {
    parametrization: first.parametrization,
    axis: first.axis,
    hyperparameter: first.hyperparameter,
    heldConstant: first.heldConstant,
    marginOctavesPerDoubling: margin,
    level,
    method: "equivalence test: the interval of the drift against a fixed margin (two one-sided tests)",
    verdict,
    drift,
    optima: cells.map(optimumRow),
    blockers,
    leftOut: ordered.filter((basin) => !basin.isSweep).map((basin) => basin.axisValue),
    runsToDecide: verdict === "undecided" && drift !== null ? runsToDecide(drift, gridPoints, margin, level) : null,
    runKeys: [...new Set(cells.flatMap((basin) => basin.points.flatMap((point) => point.runs.map((run) => run.runKey))))].sort(),
  } as const;
  return { ...test, words: describeVerdict(test, options.names?.[first.parametrization] ?? first.parametrization) };
}

/**
 * One test for every parametrization and set of constants among the basins, in their order. Families that never swept
 * the hyperparameter (single runs, such as a proof at the target) are left out unless there is nothing else.
 */
export function testTransfers(basins: readonly Basin[], options: TransferTestOptions = {}): readonly TransferTest[] {
  const families: Basin[][] = [];
  for (const basin of basins) {
    const family = families.find(([member]) => member !== undefined && sameFamily(member, basin));
    if (family === undefined) families.push([basin]);
    else family.push(basin);
  }
  const swept = families.filter((family) => family.some((basin) => basin.isSweep));
  return (swept.length > 0 ? swept : families).map((family) => testTransfer(family, options));
}

function judge(drift: Drift, margin: number): TransferVerdict {
  const { low, high } = drift.interval;
  if (low >= -margin && high <= margin) return "transfers";
  return low > margin || high < -margin ? "does-not-transfer" : "undecided";
}

function blockersOf(basin: Basin): readonly TransferBlocker[] {
  return basin.seeds.flatMap(({ seed, fit }) => {
    if (fit.status === "fitted") return [];
    return [{ axisValue: basin.axisValue, seed, reason: fit.status, side: fit.side, widenToLog2: fit.widenToLog2, words: fit.words }];
  });
}

function optimumRow(basin: Basin): OptimumRow {
  return {
    axisValue: basin.axisValue,
    optimum: basin.optimum,
    bySeed: basin.seeds.map(({ seed, fit }) => ({ seed, log2: fit.status === "fitted" ? fit.vertexLog2 : null })),
  };
}
