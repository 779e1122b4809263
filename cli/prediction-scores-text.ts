import type { Colors } from "picocolors/types.js";
import { shareInPercent } from "../analysis/study/number-words.ts";
import type { PredictionScore, ScoreReport } from "../operations/score-predictions.ts";
import { countText, measureText } from "./number-text.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

interface ScoreLine {
  readonly prediction: string;
  readonly what: string;
  readonly value: string;
  readonly interval: string;
  readonly outcome: string;
}

/** Every registered prediction with the runs that came to its place, then how many lay inside. */
export function renderScores({ study, predictions, total, samePlace }: ScoreReport, colors: Colors, columns: number): string {
  if (predictions.length === 0) return "no prediction is registered: ladder predict FIT --at … --register";
  const scoreColumns: readonly Column<ScoreLine>[] = [
    { header: "PREDICTION", value: ({ prediction }) => prediction },
    { header: study === null ? "STUDY, PLACE" : "PLACE", value: ({ what }) => what, flexible: true },
    { header: "VALUE", align: "right", value: ({ value }) => value },
    { header: "ONE NEW RUN, 95 %", value: ({ interval }) => interval },
    { header: "", value: ({ outcome }) => outcome },
  ];
  const lines = predictions.flatMap((prediction) => linesOf(prediction, study, colors));
  const unread = predictions.flatMap(({ id, unread: reason }) => (reason === null ? [] : [`${id}: runs could not be read: ${reason}`]));
  return [
    renderTable(scoreColumns, lines, columns),
    "",
    ...[...totalWords(total), `a run is at the place when its inputs differ by at most ${shareInPercent(samePlace)}`, ...unread].flatMap(
      (line) => wrapWords(line, columns),
    ),
  ].join("\n");
}

/** The prediction, and a line below it for each run. */
function linesOf(prediction: PredictionScore, study: string | null, colors: Colors): readonly ScoreLine[] {
  const { id, registeredAt, at, value, interval95, runs, knownBefore } = prediction;
  const place = Object.entries(at)
    .map(([name, asked]) => `${name}=${measureText(asked)}`)
    .join(",");
  const isWaiting = runs.length === 0;
  return [
    {
      prediction: id,
      what: study === null ? `${prediction.study} ${place}` : place,
      value: measureText(value),
      interval: `${measureText(interval95.newRun[0])} to ${measureText(interval95.newRun[1])}`,
      outcome: isWaiting ? colors.dim("waiting") : "",
    },
    { prediction: `  ${dayText(registeredAt)}`, what: "registered", value: "", interval: "", outcome: "" },
    ...runs.map((run) => ({
      prediction: `  ${dayText(run.arrivedAt)}`,
      what: run.run,
      value: measureText(run.measured),
      interval: `predicted ${signedPercent(run.error)}`,
      outcome: run.inside ? colors.green("inside") : colors.red("outside"),
    })),
    ...knownBefore.map((run) => ({
      prediction: `  ${dayText(run.arrivedAt)}`,
      what: run.run,
      value: measureText(run.measured),
      interval: `predicted ${signedPercent(run.error)}`,
      outcome: colors.dim("known before"),
    })),
  ];
}

function totalWords({ predictions, scored, runs, inside, interval95 }: ScoreReport["total"]): readonly string[] {
  const waiting = `${countText(predictions, "prediction")} registered, ${scored} of them scored`;
  if (interval95 === null) return [`${waiting}: no run has arrived after its prediction yet`];
  const [low, high] = interval95;
  return [
    `${waiting}; ${inside} of ${countText(runs, "run")} inside the interval of one new run (95 %: ${shareInPercent(low)} to ${shareInPercent(high)} of such runs)`,
  ];
}

/** The day of an ISO time, UTC. */
function dayText(iso: string): string {
  return iso.slice(0, 10);
}

function signedPercent(share: number): string {
  return `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(2)} %`;
}
