import { shareInPercent } from "../analysis/study/number-words.ts";
import type { Colors } from "picocolors/types.js";
import type { FileFit } from "../operations/fit-file.ts";
import { measureText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

interface ParameterLine {
  readonly name: string;
  readonly value: string;
  readonly interval: string;
  readonly told: string;
}

/** Law, parameters with intervals, how the minimum was reached, what it says of larger runs, warnings. */
export function renderFit(fit: FileFit, colors: Colors, columns: number): string {
  const { rows, objective, search, uncertainty, holdout } = fit;
  const lines: readonly ParameterLine[] = Object.entries(fit.parameters).map(([name, { value, interval95, identified }]) => ({
    name,
    value: value === null ? "0" : measureText(value),
    interval: interval95 === null ? "–" : `${measureText(interval95[0])} to ${measureText(interval95[1])}`,
    told: identified ? "" : colors.yellow("not identified"),
  }));
  const parameterColumns: readonly Column<ParameterLine>[] = [
    { header: "PARAMETER", value: ({ name }) => name },
    { header: "VALUE", align: "right", value: ({ value }) => value },
    { header: "95 % INTERVAL", value: ({ interval }) => interval },
    { header: "", value: ({ told }) => told },
  ];
  const kind =
    objective.kind === "huber"
      ? `Huber, delta ${objective.delta ?? ""}`
      : objective.kind === "leastSquares"
        ? "least squares"
        : "least absolute deviations";
  const facts = [
    `${rows.used} rows fitted, ${rows.excluded.length} left out${rows.excluded.length === 0 ? "" : " (--json lists them)"}`,
    `objective ${objective.value.toPrecision(7)} (${kind}, summed on ${fit.residuals}), reached from ${shareInPercent(search.shareReached)} of ${search.run} starts that were run, of ${search.starts} ranked`,
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
  ].join("\n");
}
