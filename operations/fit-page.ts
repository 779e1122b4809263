import type { FitDocument } from "../analysis/fits/document/fit-document.ts";
import { significant } from "../analysis/study/number-words.ts";
import type { FitPlot } from "./plot-fit.ts";
import type { FigurePage } from "./write-figures.ts";

/** Figures of a fit as a page: what was fitted, what to beware of, the figures, the parameters, and where the rows came from. */
export function describeFitPage(document: FitDocument, { figures, missing }: FitPlot): FigurePage {
  const { law, formula, rows, warnings, uncertainty, source, counting, contentHash, codeVersion, id } = document;
  return {
    study: `${law} fitted to ${source}`,
    question: formula,
    kind: "figures",
    findings: [
      ...warnings.map((text) => ({ tone: "undecided", label: "Beware", text: sentence(text) }) as const),
      ...missing.map(({ figure, message }) => ({ tone: "plain", label: `No figure "${figure}"`, text: sentence(message) }) as const),
    ],
    figures,
    tables: [
      {
        title: "Parameters",
        columns: ["parameter", "value", "95 % interval", "identified"],
        rows: Object.entries(document.parameters).map(([name, { value, interval95, identified }]) => [
          name,
          identified ? (value === null ? "0" : significant(value)) : "–",
          identified && interval95 !== null ? `${significant(interval95[0])} to ${significant(interval95[1])}` : "–",
          identified ? "yes" : "no",
        ]),
        note: `Intervals: ${uncertainty.method}, ${uncertainty.draws} refits over ${uncertainty.clusters} clusters, seed ${uncertainty.seed}.`,
      },
    ],
    provenance: [
      ...(id === null ? [] : [["fit", id] as const]),
      ["rows", `${rows.used} fitted, ${rows.excluded.length} left out, of ${source}`],
      ["N counts", counting === "unknown" ? "nobody said" : `${counting} parameters`],
      ["content", contentHash],
      ["fitted by", `Ladder ${codeVersion}`],
    ],
    data: document,
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
