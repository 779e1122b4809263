import { levelInPercent, significant } from "../analysis/study/number-words.ts";
import { parametrizationName } from "../analysis/parametrizations/index.ts";
import { compareSpend } from "./compare-spend.ts";
import { coordinateFindings } from "./coordinate-page.ts";
import { findIndependentSearch, independentFindings, independentTables } from "./report-independent.ts";
import type { ReportContent, ReportFinding, ReportTable } from "./report-page.ts";
import { variantFindings, variantTables } from "./report-variants.ts";
import { verificationFindings, verificationTables } from "./report-verification.ts";
import type { StudyDocument } from "./study-document.ts";

type Test = NonNullable<StudyDocument["transfer"]>["tests"][number];

const tones: Readonly<Record<Test["verdict"], ReportFinding["tone"]>> = {
  transfers: "yes",
  "does-not-transfer": "no",
  undecided: "undecided",
  "no-verdict": "undecided",
};

/** What the report says of a study, in the order in which a reader asks: verdicts, value, proof, tables, provenance. */
export function describeReport(document: StudyDocument): ReportContent {
  const { spec, sweeps, results } = document;
  const search = findIndependentSearch(
    spec,
    sweeps.findLast(({ spec: { strategy } }) => strategy.name === spec.strategy.name)?.data,
    results,
  );
  return {
    study: document.study,
    question: document.question,
    findings: [...(search === null ? [] : independentFindings(search)), ...findingsOf(document)],
    figures: document.figures,
    tables: [
      ...(search === null ? [] : independentTables(search)),
      ...transferTables(document),
      ...proofTables(document),
      ...checkTables(document),
      ...verificationTables(document),
    ],
    provenance: provenanceOf(document),
    data: document,
  };
}

function findingsOf({ transfer, recommendations, proofs, coordinateChecks, runs }: StudyDocument): readonly ReportFinding[] {
  const tests = (transfer?.tests ?? []).map((test) => ({
    tone: tones[test.verdict],
    label: `${parametrizationName(test.parametrization)} over ${test.axis}`,
    text: sentence(test.words),
  }));
  const findings: ReportFinding[] = transfer?.matrix == null ? tests : [...variantFindings(transfer.matrix)];
  for (const { id, content } of recommendations) {
    const { interval, regret } = content;
    findings.push({
      tone: "plain",
      label: `Recommendation ${id}`,
      text: `${content.hyperparameter} ${significant(content.value)} (${levelInPercent(interval.level)} ${significant(interval.low)} to ${significant(interval.high)}; ${interval.method}) for ${content.axis} ${content.target[content.axis]} under ${parametrizationName(content.parametrization)}. Expected regret ${regret.expectedRegret.toFixed(4)} nats per token (${levelInPercent(regret.interval.level)} ${regret.interval.low.toFixed(4)} to ${regret.interval.high.toFixed(4)}).`,
    });
  }
  for (const { comparison, recommendation } of proofs) {
    findings.push({
      tone: comparison.referenceWinsEverySeed ? "yes" : "no",
      label: `Proof of ${recommendation}`,
      text: sentence(
        `the recommended value ${comparison.referenceWinsEverySeed ? "ended lower in every seed" : "did not end lower in every seed"}. Of the alternative: ${comparison.words}`,
      ),
    });
  }
  findings.push(...coordinateFindings(coordinateChecks ?? []), ...verificationFindings(runs));
  if (findings.length === 0) findings.push({ tone: "undecided", label: "No results yet", text: "No run of this study has finished." });
  return findings;
}

function transferTables({ transfer }: StudyDocument): readonly ReportTable[] {
  const [first] = transfer?.tests ?? [];
  if (transfer === null || first === undefined) return [];
  const methods = [
    ...new Set(
      transfer.tests.flatMap(({ optima, drift }) => [
        ...optima.flatMap(({ optimum }) => optimum?.interval?.method ?? []),
        ...(drift === null ? [] : [drift.interval.method]),
      ]),
    ),
  ];
  return [
    ...(transfer.matrix == null ? [] : variantTables(transfer.matrix)),
    {
      title: `log2 of the optimal ${transfer.hyperparameter}`,
      columns: ["parametrization", transfer.axis, "log2 optimum", `${levelInPercent(first.level)} interval`, "by seed"],
      rows: transfer.tests.flatMap((test) =>
        test.optima.map(({ axisValue, optimum, bySeed }) => [
          parametrizationName(test.parametrization),
          String(axisValue),
          optimum === null ? "on the grid's edge" : decimals(optimum.log2),
          optimum?.interval == null ? "–" : `${decimals(optimum.interval.low)} to ${decimals(optimum.interval.high)}`,
          bySeed.map(({ log2 }) => (log2 === null ? "edge" : decimals(log2))).join(", "),
        ]),
      ),
      note: methods.map(sentence).join(" "),
    },
    {
      title: `Drift of the optimum over ${transfer.axis}`,
      columns: ["parametrization", "octaves per doubling", `${levelInPercent(first.level)} interval`, "margin", "verdict"],
      rows: transfer.tests.map(({ parametrization, drift, marginOctavesPerDoubling, verdict }) => [
        parametrizationName(parametrization),
        drift === null ? "–" : decimals(drift.slope),
        drift === null ? "–" : `${decimals(drift.interval.low)} to ${decimals(drift.interval.high)}`,
        `± ${marginOctavesPerDoubling}`,
        verdict.replaceAll("-", " "),
      ]),
      note: sentence(first.method),
    },
  ];
}

function proofTables({ proofs, recommendations }: StudyDocument): readonly ReportTable[] {
  return proofs.flatMap(({ recommendation, comparison }) => {
    const content = recommendations.find(({ id }) => id === recommendation)?.content;
    if (content?.alternative == null) return [];
    const { predicted } = comparison;
    const regret = ({ expectedRegret, isLowerBound, interval }: typeof predicted.choice): string =>
      `${isLowerBound ? "at least " : ""}${expectedRegret.toFixed(3)} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
    return [
      {
        title: `Measured and predicted at ${content.axis} ${content.target[content.axis]}`,
        columns: [
          "",
          `${parametrizationName(content.parametrization)} ${significant(content.value)}, recommended`,
          `${parametrizationName(content.alternative.parametrization)} ${significant(content.alternative.value)}, carried up`,
          "difference",
        ],
        rows: [
          ...comparison.perSeed.map(({ seed, referenceLoss, choiceLoss, excess }) => [
            `measured loss, seed ${seed}`,
            referenceLoss.toFixed(4),
            choiceLoss.toFixed(4),
            excess.toFixed(4),
          ]),
          [
            "predicted regret",
            regret(predicted.reference),
            regret(predicted.choice),
            `${predicted.excessLoss.toFixed(3)} (${predicted.interval.low.toFixed(3)} to ${predicted.interval.high.toFixed(3)})`,
          ],
        ],
        note: `Nats per token. ${sentence(predicted.interval.method)} ${levelInPercent(predicted.interval.level)} intervals.`,
      },
    ];
  });
}

function checkTables({ recommendations }: StudyDocument): readonly ReportTable[] {
  return recommendations.map(({ id, content }) => ({
    title: `Checks of ${id}`,
    isText: true,
    columns: ["check", "passed", "what was seen"],
    rows: content.checks.map((check) => [check.id, check.passed ? "yes" : "no", check.words]),
  }));
}

function provenanceOf(document: StudyDocument): readonly (readonly [string, string])[] {
  const { sweeps, runs, totals, spent, transfer } = document;
  const newest = sweeps.at(-1);
  const commits = [
    ...new Set(
      runs.flatMap(({ attempts }) =>
        attempts.flatMap(({ codeCommit, dirtyDigest }) =>
          codeCommit === null ? [] : [`${codeCommit.slice(0, 12)}${dirtyDigest === null ? "" : " with uncommitted changes"}`],
        ),
      ),
    ),
  ];
  return [
    ["study", document.study],
    ["sweeps", sweeps.map(({ number, state, createdAt }) => `${number} (${state}, ${createdAt})`).join("; ")],
    [
      "runs",
      `${totals["finished"] ?? 0} finished, ${totals["diverged"] ?? 0} diverged, ${totals["failed"] ?? 0} failed of ${totals["total"] ?? 0}`,
    ],
    ...spendRows(document),
    ["spent", `${spent.cpuSeconds.toFixed(0)} s of processor time, ${spent.trainingFlops.toExponential(2)} FLOPs`],
    ...(newest === undefined
      ? []
      : ([
          [
            "data",
            "sha256" in newest.data && newest.data.sha256 !== undefined
              ? `${newest.data.id}, sha256 ${newest.data.sha256}`
              : newest.data.id,
          ],
          ["trainer", `version ${newest.trainer.version}, program ${newest.trainer.programDigest}`],
          ["spec", newest.specHash],
        ] as const)),
    ["commits", commits.length === 0 ? "not in a git checkout" : commits.join(", ")],
    ...(transfer === null ? [] : [["rows", transfer.rowsHash] as const]),
    ["Ladder", document.ladder],
  ];
}

/** Proxies beside one training of the newest recommendation's target. */
function spendRows(document: StudyDocument): readonly (readonly [string, string])[] {
  const [newest] = document.recommendations;
  const spend = newest === undefined ? null : compareSpend(document, newest.content.target);
  return spend === null ? [] : [["proxies and target", spend.words]];
}

function sentence(text: string): string {
  // Latin letters only: the capital of μ is not what μP begins with.
  const capital = text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function decimals(value: number): string {
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;
}
