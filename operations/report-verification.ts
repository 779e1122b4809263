import type { ReportFinding, ReportTable } from "./report-page.ts";
import type { StudyDocument } from "./study-document.ts";

type Runs = StudyDocument["runs"];

/** Rows of the table of mismatches; the rest is counted, and all of it is in the page's data. */
const mostRows = 50;

/** What the report says of used against resolved: a sentence whenever a run failed the comparison or could not be compared. */
export function verificationFindings(runs: Runs): readonly ReportFinding[] {
  const checks = checked(runs);
  const failed = checks.filter(({ check }) => check.status === "failed");
  const silent = checks.filter(({ check }) => check.status === "not-logged");
  const label = "Used against resolved";
  const [first] = failed;
  if (first !== undefined)
    return [
      {
        tone: "no",
        label,
        text: `The trainer of ${failed.length} of ${checks.length} runs did not use what was resolved. Run ${first.runKey.slice(0, 12)}: ${first.check.words}.`,
      },
    ];
  const [quiet] = silent;
  if (quiet !== undefined)
    return [{ tone: "undecided", label, text: `Not known for ${silent.length} of ${checks.length} runs: ${quiet.check.words}.` }];
  return checks.length === 0
    ? []
    : [{ tone: "yes", label, text: `All ${checks.length} runs logged what their trainer used, and it is what was resolved.` }];
}

/** Every mismatch with tensors, expected and used values; no table when there is none. */
export function verificationTables({ runs }: StudyDocument): readonly ReportTable[] {
  const rows = checked(runs).flatMap(({ runKey, check }) =>
    check.findings.map((finding) => [
      runKey.slice(0, 12),
      finding.tensors.length > 4
        ? `${finding.tensors.slice(0, 4).join(", ")} and ${finding.tensors.length - 4} more`
        : finding.tensors.join(", "),
      finding.quantity,
      String(finding.step),
      numberText(finding.expected),
      numberText(finding.used),
      finding.likelyCause,
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: "Used against resolved",
      isText: true,
      columns: ["run", "tensors", "quantity", "from step", "resolved", "used", "likely cause"],
      rows: rows.slice(0, mostRows),
      ...(rows.length > mostRows ? { note: `${rows.length - mostRows} more are in the study's export.` } : {}),
    },
  ];
}

function checked(runs: Runs) {
  return runs.flatMap(({ runKey, usedAgainstResolved }) => (usedAgainstResolved == null ? [] : [{ runKey, check: usedAgainstResolved }]));
}

function numberText(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(5)));
}
