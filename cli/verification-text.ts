import type { Colors } from "picocolors/types.js";
import type { Verification } from "../operations/verify-fit.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { countText, measureText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** More differences than this are counted only; `--json` has them all. */
const mostShown = 20;

/** What was recomputed of each document and whether it came out the same. */
export function renderVerification(verifications: readonly Verification[], colors: Colors, columns: number): string {
  return verifications.map((verification) => renderOne(verification, colors, columns)).join("\n\n");
}

function renderOne(verification: Verification, colors: Colors, columns: number): string {
  const { source, kind, law, matches, checked, unchecked, differences, constants, version } = verification;
  const verdict = matches ? colors.green("the same") : colors.red("not the same");
  const what = { fit: `a fit of ${law}`, prediction: `a prediction by ${law}`, constants: `constants of ${law}` }[kind];
  const differenceColumns: readonly Column<Verification["differences"][number]>[] = [
    { header: "DIFFERENT", value: ({ path }) => path, flexible: true },
    { header: "KEPT", value: ({ kept }) => kept, flexible: true },
    { header: "RECOMPUTED", value: ({ recomputed }) => recomputed, flexible: true },
  ];
  const rest = differences.length - mostShown;
  const maker = version.kept !== null && version.kept !== version.own ? version.kept : null;
  return [
    ...wrapWords(`${source}, ${what}: ${verdict}`, columns),
    ...checked.map((line) => hang("recomputed: ", line, columns, { indent: "  " })),
    ...unchecked.map((line) => hang("not recomputed: ", line, columns, { indent: "  " })),
    ...(constants === null || (constants.matches && kind !== "constants") ? [] : wrapWords(constantsWords(constants), columns)),
    ...(differences.length === 0 ? [] : ["", renderTable(differenceColumns, differences.slice(0, mostShown), columns)]),
    ...(rest > 0 ? [`and ${countText(rest, "more difference")} (--json has all)`] : []),
    ...(maker === null || matches
      ? []
      : wrapWords(`it was made by version ${maker}, and this is ${version.own}: that alone may change last digits`, columns)),
  ].join("\n");
}

function constantsWords({ printed, computed, slack, matches }: NonNullable<Verification["constants"]>): string {
  const found = `the constants give ${computed.toPrecision(6)} ± ${measureText(Number(slack.toPrecision(1)))} for the digits that are printed`;
  return matches ? `${found}, and ${printed} is printed` : `${found}, but ${printed} is printed`;
}

/** Done when every document came out the same, else a scientific no. */
export function exitCodeOfVerification(verifications: readonly Verification[]): ExitCode {
  return verifications.every(({ matches }) => matches) ? exitCodes.done : exitCodes.scientificNo;
}
