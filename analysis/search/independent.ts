import type { PlannedStage, SearchProblem } from "./contract.ts";
import { searchLane, wantedPlaces } from "./independent/lane-search.ts";
import { independentSettings, independentSettingsSchema, type Lane, lanesOf } from "./independent/settings.ts";
import { staged } from "./staged.ts";

/**
 * Independent search: a line over the learning rate with every multiplier at its default, then a line over each other hyperparameter alone
 * at the best learning rate, in parallel, then all bests together. For parametrizations whose hyperparameters hardly interact; whether they
 * do is measured by grids of pairs around the combination (`interactionPoints`). Each parametrization and scale is searched for itself.
 */
export const independent = staged({
  id: "independent",
  summary: "learning rate first, then each other hyperparameter alone, then their bests together",
  source: "Blake et al. 2024, u-muP (arXiv:2407.17465), independent search; transfer error from memory of its appendix",
  settingsSchema: independentSettingsSchema,
  wanted(problem, readings) {
    const { interactionPoints } = independentSettings(problem);
    return lanesOf(problem).flatMap((lane) => wantedPlaces(searchLane(problem, lane, interactionPoints, readings)));
  },
  stages: plannedStages,
});

function plannedStages(problem: SearchProblem): readonly PlannedStage[] {
  const { first, interactionPoints } = independentSettings(problem);
  const lanes = lanesOf(problem);
  const total = (count: (lane: Lane) => number): number => (problem.seedCount ?? 1) * lanes.reduce((sum, lane) => sum + count(lane), 0);
  const names = [...new Set(lanes.flatMap(({ others }) => others.map(({ name }) => name)))];
  const pairs = Math.max(0, ...lanes.map(({ others }) => (others.length * (others.length + 1)) / 2));
  const ahead: readonly PlannedStage[] =
    names.length === 0
      ? []
      : [
          {
            words: `each alone at the best ${first}: ${names.join(", ")}; defaults are measured already`,
            runs: total((lane) => lane.others.reduce((sum, { values }) => sum + values.length - 1, 0)),
            isExact: true,
          },
          { words: "all bests together", runs: total(() => 1), isExact: false },
          ...(interactionPoints === 0
            ? []
            : [
                {
                  words: `interactions: ${pairs} pairs of hyperparameters, ${interactionPoints} values of each around its best`,
                  runs: total((lane) => interactionCells(lane, interactionPoints)),
                  isExact: false,
                },
              ]),
        ];
  return [
    {
      words: `line of ${first}${names.length === 0 ? "" : ", the others at their defaults"}`,
      runs: total((lane) => lane.first.values.length),
      isExact: true,
    },
    ...ahead,
  ];
}

/** Cells of the pairs' grids, each once, but for the combination itself. */
function interactionCells({ first, others }: Lane, points: number): number {
  const apart = [first, ...others].map(({ values }) => Math.min(points, values.length) - 1);
  const sum = apart.reduce((total, count) => total + count, 0);
  const squares = apart.reduce((total, count) => total + count * count, 0);
  return sum + (sum * sum - squares) / 2;
}
