import type { Colors } from "picocolors/types.js";
import { shareInPercent } from "../analysis/study/number-words.ts";
import type { ArrivedRun, PredictionScore, ScoreReport } from "../operations/score-predictions.ts";
import { countText, measureText } from "./number-text.ts";
import { wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** A prediction, or below it what happened to it on a day. */
interface ScoreLine {
  readonly prediction: string;
  readonly what: string;
  readonly value: string;
  readonly outcome: string;
}

/** Every registered prediction with the runs that came to its place, then how many lay inside. */
export function renderScores({ predictions, total, samePlace }: ScoreReport, colors: Colors, columns: number): string {
  if (predictions.length === 0) return "no prediction is registered: ladder predict FIT --at … --register";
  const scoreColumns: readonly Column<ScoreLine>[] = [
    { header: "PREDICTION", value: ({ prediction }) => prediction },
    { header: "PLACE, RUN", value: ({ what }) => what, flexible: true },
    { header: "VALUE", align: "right", value: ({ value }) => value },
    { header: "95 % OF A NEW RUN", value: ({ outcome }) => outcome, flexible: true },
  ];
  const lines = predictions.flatMap((prediction) => linesOf(prediction, colors));
  const unread = predictions.flatMap(({ id, unread: reason }) => (reason === null ? [] : [`${id}: runs could not be read: ${reason}`]));
  const words = [
    totalWords(total),
    `a run is at the place when its inputs differ by at most ${shareInPercent(samePlace)}; predicted over measured in parentheses`,
    ...unread,
  ];
  return [renderTable(scoreColumns, lines, columns), "", ...words.flatMap((line) => wrapWords(line, columns))].join("\n");
}

function linesOf(prediction: PredictionScore, colors: Colors): readonly ScoreLine[] {
  const { id, study, registeredAt, at, value, interval95, runs, knownBefore } = prediction;
  const place = Object.entries(at).map(([name, asked]) => `${name}=${measureText(asked)}`);
  const [low, high] = interval95.newRun;
  const runLine = (run: ArrivedRun, verdict: string): ScoreLine => ({
    prediction: `  ${dayOf(run.arrivedAt)}`,
    what: run.run,
    value: measureText(run.measured),
    outcome: `${verdict} (${signedPercent(run.error)})`,
  });
  return [
    { prediction: id, what: place.join(","), value: measureText(value), outcome: `${measureText(low)} to ${measureText(high)}` },
    {
      prediction: `  ${dayOf(registeredAt)}`,
      what: `registered for ${study}`,
      value: "",
      outcome: runs.length === 0 ? colors.dim("waiting for its run") : "",
    },
    ...runs.map((run) => runLine(run, run.inside ? colors.green("inside") : colors.red("outside"))),
    ...knownBefore.map((run) => runLine(run, colors.dim("known before"))),
  ];
}

function totalWords({ predictions, scored, runs, inside, interval95 }: ScoreReport["total"]): string {
  const waiting = `${countText(predictions, "prediction")} registered, ${scored} of them scored`;
  if (interval95 === null) return `${waiting}: no run has arrived after its prediction yet`;
  const [low, high] = interval95;
  return `${waiting}; ${inside} of ${countText(runs, "run")} inside the interval of one new run (95 %: ${shareInPercent(low)} to ${shareInPercent(high)} of such runs)`;
}

/** The day of an ISO time, UTC. */
function dayOf(time: string): string {
  return time.slice(0, 10);
}

function signedPercent(share: number): string {
  return `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(2)} %`;
}
