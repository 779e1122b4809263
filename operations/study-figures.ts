import { significant } from "../analysis/study/number-words.ts";
import { parametrizationName, parametrizationNames } from "../analysis/parametrizations/index.ts";
import { lossBasinFigure } from "../analysis/figures/loss-basin-figure.ts";
import type { FigureTheme, PlotlyFigure } from "../analysis/figures/plotly-figure.ts";
import { proofFigure } from "../analysis/figures/proof-figure.ts";
import { transferFigure } from "../analysis/figures/transfer-figure.ts";
import type { TargetPrediction } from "../analysis/recommendation/target-prediction.ts";
import type { Basin } from "../analysis/transfer/basins.ts";
import type { TransferTest } from "../analysis/transfer/transfer-test.ts";
import type { Proof } from "./prove-recommendation.ts";
import type { RecommendationContent } from "./stored-recommendation.ts";

/** A figure in both themes, with what is drawn and how it was obtained. */
export interface ThemedFigure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly light: PlotlyFigure;
  readonly dark: PlotlyFigure;
}

export interface FigureSources {
  readonly basins: readonly Basin[];
  readonly tests: readonly TransferTest[];
  readonly predictions: readonly TargetPrediction[];
  readonly proofs: readonly { readonly proof: Proof; readonly content: RecommendationContent }[];
  /** Parametrizations in the order that fixes colours and panels. */
  readonly order: readonly string[];
}

/** The figures of a study: loss basins, transfer, and one proof a recommendation that was tried. */
export function studyFigures({ basins, tests, predictions, proofs, order }: FigureSources): readonly ThemedFigure[] {
  const [test] = tests;
  if (test === undefined) return [];
  const { axis, hyperparameter, level } = test;
  const percent = `${Math.round(100 * level)} %`;
  return [
    {
      id: "loss-basins",
      title: `Loss against ${hyperparameter}`,
      caption: `Held-out loss (nats per token), mean over seeds, one line per ${axis}; band: ${percent} interval of the mean, scatter of the seeds pooled over a cell. Diamonds: fitted optima with their intervals. Crosses: diverged runs. Shaded: outside the grid.`,
      ...themed((theme) => lossBasinFigure(basins, { theme, order, names: parametrizationNames(order) })),
    },
    {
      id: "transfer",
      title: `Optimal ${hyperparameter} against ${axis}`,
      caption: `Optima (log2) with ${percent} intervals, the seeds faint; line: least squares with its slope in octaves per doubling; grey: slopes within ± ${test.marginOctavesPerDoubling}. Hollow: predicted at the target, with its prediction interval.`,
      ...themed((theme) => transferFigure(tests, predictions, { theme, order, names: parametrizationNames(order) })),
    },
    ...proofs.map(({ proof, content }) => ({
      id: `proof-${proof.recommendation}`,
      title: `Proof at ${content.axis} ${content.target[content.axis]}: measured against predicted`,
      caption: `Left: measured held-out loss of every seed with the recommended value and with the alternative carried up. Right: predicted excess loss of the alternative with its ${percent} prediction interval beside the measured mean.`,
      ...themed((theme) =>
        proofFigure(proof.comparison, {
          theme,
          order,
          choiceLabel: `${parametrizationName(content.alternative?.parametrization ?? "")}, carried up: ${significant(content.alternative?.value ?? Number.NaN)}`,
          referenceLabel: `${parametrizationName(content.parametrization)}, recommended: ${significant(content.value)}`,
        }),
      ),
    })),
  ];
}

function themed(draw: (theme: FigureTheme) => PlotlyFigure): { readonly light: PlotlyFigure; readonly dark: PlotlyFigure } {
  return { light: draw("light"), dark: draw("dark") };
}
