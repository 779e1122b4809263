import { shareInPercent } from "../analysis/study/number-words.ts";
import type { Colors } from "picocolors/types.js";
import { exampleAt, type FitDocument, type Objective } from "../operations/fit-law.ts";
import { measureText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

function keptWords(fit: FitDocument, file: string | null): string {
  const { id } = fit;
  const name = id ?? file;
  if (name === null) return "not kept: --output fit.json writes it, --study NAME keeps it with an id, for predict, allocate, plot";
  return `${id === null ? "written to" : "kept as"} ${name}: ladder predict ${name} --at ${exampleAt(fit)}`;
}

interface ParameterLine {
  readonly name: string;
  readonly value: string;
  readonly interval: string;
  readonly told: string;
}

/** What the rows say of a parameter; of one that they do not tell, only where its profile ends. */
function parameterLine([name, parameter]: readonly [string, FitDocument["parameters"][string]], colors: Colors): ParameterLine {
  const { value, interval95, identified, profile95 } = parameter;
  if (identified)
    return {
      name,
      value: value === null ? "0" : measureText(value),
      interval: interval95 === null ? "–" : `${measureText(interval95[0])} to ${measureText(interval95[1])}`,
      told: "",
    };
  const [low, high] = profile95;
  const interval = `${low === null ? "no lower end" : measureText(low)} to ${high === null ? "no end" : measureText(high)}`;
  return { name, value: "–", interval, told: colors.yellow("not identified (profile)") };
}

function penaltyWords(objective: Objective): string {
  switch (objective.kind) {
    case "huber":
      return `Huber, delta ${objective.delta}`;
    case "leastSquares":
      return "least squares";
    case "leastAbsoluteDeviations":
      return "least absolute deviations";
    case "asymmetric":
      return `least squares, rows below the law counted ${objective.overestimatePenalty} times`;
  }
}

/**
 * Law, parameters with intervals, how the minimum was reached, what it says of larger runs, warnings, and where it was kept.
 *
 * @param file that it was written to
 */
export function renderFit(fit: FitDocument, colors: Colors, columns: number, file: string | null): string {
  const { rows, objective, search, uncertainty, holdout } = fit;
  const lines = Object.entries(fit.parameters).map((entry) => parameterLine(entry, colors));
  const parameterColumns: readonly Column<ParameterLine>[] = [
    { header: "PARAMETER", value: ({ name }) => name },
    { header: "VALUE", align: "right", value: ({ value }) => value },
    { header: "95 % INTERVAL", value: ({ interval }) => interval },
    { header: "", value: ({ told }) => told },
  ];
  const facts = [
    `${rows.used} rows fitted, ${rows.excluded.length} left out${rows.excluded.length === 0 ? "" : " (--json lists them)"}`,
    `objective ${objective.value.toPrecision(7)} (${penaltyWords(fit.fit.objective)}, summed on ${fit.residuals}), gradient norm ${search.gradientNorm.toExponential(0)}, reached from ${shareInPercent(search.shareReached)} of ${search.run} starts that were run, of ${search.starts} ranked`,
    `intervals: ${uncertainty.method}, ${uncertainty.draws} refits over ${uncertainty.clusters} clusters, seed ${uncertainty.seed}`,
  ];
  const score =
    holdout === null
      ? ["no larger run was held out, so nothing is known of how far this fit can be trusted: --holdout largest:2"]
      : [
          `${holdout.rows} larger runs held out: mean error ${shareInPercent(holdout.meanAbsoluteRelativeError)}, largest ${shareInPercent(holdout.maxAbsoluteRelativeError)}; ${holdout.inside} of ${holdout.rows} inside the 95 % interval of a new run, ± ${shareInPercent(holdout.halfWidth)}`,
          `the interval: ${holdout.calibration}`,
        ];
  return [
    hang(`${fit.law}: `, fit.formula, columns, { indent: "  " }),
    "",
    renderTable(parameterColumns, lines, columns),
    "",
    ...[...facts, ...score].flatMap((line) => wrapWords(line, columns)),
    ...fit.warnings.map((warning) => hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " })),
    ...wrapWords(keptWords(fit, file), columns),
  ].join("\n");
}
