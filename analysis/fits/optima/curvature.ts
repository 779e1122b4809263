import { exp, log, sqrt } from "../../numerics/elementary.ts";
import { type Interval, studentTInterval } from "../../numerics/interval.ts";
import { leastSquares, type LeastSquaresFit } from "../../numerics/least-squares.ts";
import { mean } from "../../numerics/mean.ts";
import { studentTCdf } from "../../numerics/student-t.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { type OptimumLaw, type OptimumPoint, optimumOf, type OptimumPrediction, valueOf } from "./optimum-law.ts";

/** A quadratic term of ln optimum in ln of one variable, beside the law's own terms. Plain JSON. */
export interface CurvatureTerm {
  readonly variable: string;
  /** Of (ln variable - center)^2. */
  readonly coefficient: number;
  readonly interval: Interval;
  /** Two-sided, of no curvature. */
  readonly pValue: number;
}

/** Whether a law is straight in ln. Plain JSON. */
export interface CurvatureTest {
  readonly terms: readonly CurvatureTerm[];
  /** Variables with too few values or points for the test. */
  readonly untested: readonly string[];
  /** `curved`: log-linearity is rejected in a variable (Bonferroni); `not-rejected`: in none; `untestable`: no variable could be tested. */
  readonly verdict: "not-rejected" | "curved" | "untestable";
  readonly words: string;
}

const significance = 0.05;

/**
 * Tests log-linearity by adding a quadratic term in ln of each variable, one at a time (optima bend upwards at scale: arXiv:2606.29158).
 * Not rejecting is no proof: a term's interval says what bend the points still allow.
 *
 * @param points those the law was fitted to
 */
export function testCurvature(law: OptimumLaw, points: readonly OptimumPoint[]): CurvatureTest {
  const tested = law.terms.map(({ variable }) => ({ variable, fit: withSquare(law, points, variable) }));
  const terms = tested.flatMap(({ variable, fit }): CurvatureTerm[] => {
    const deviation = fit?.residualStandardDeviation ?? null;
    if (fit === null || deviation === null) return [];
    const coefficient = fit.coefficients.at(-1) ?? 0;
    const error = deviation * sqrt(fit.inverseGram.at(-1)?.at(-1) ?? 0);
    const t = error > 0 ? Math.abs(coefficient) / error : Infinity;
    return [
      {
        variable,
        coefficient,
        interval: studentTInterval(
          coefficient,
          error,
          fit.degreesOfFreedom,
          law.level,
          "least squares on ln with a quadratic term, Student's t",
        ),
        pValue: 2 * studentTCdf(-t, fit.degreesOfFreedom),
      },
    ];
  });
  const curved = terms.filter(({ pValue }) => pValue < significance / terms.length);
  const untested = law.terms.map(({ variable }) => variable).filter((variable) => terms.every((term) => term.variable !== variable));
  const verdict = curved.length > 0 ? "curved" : terms.length > 0 ? "not-rejected" : "untestable";
  return { terms, untested, verdict, words: verdictWords(law, verdict, terms, curved, untested) };
}

function verdictWords(
  law: OptimumLaw,
  verdict: CurvatureTest["verdict"],
  terms: readonly CurvatureTerm[],
  curved: readonly CurvatureTerm[],
  untested: readonly string[],
): string {
  const rest = untested.length > 0 ? `; too few values of ${untested.join(" and ")} to test it` : "";
  if (verdict === "untestable")
    return `whether ${law.of}* is a power law cannot be tested: too few optima or values of ${untested.join(" and ")}`;
  const shown = (list: readonly CurvatureTerm[]): string =>
    list.map(({ variable, pValue }) => `${variable} (p = ${Number(pValue.toPrecision(2))})`).join(" and ");
  if (verdict === "curved") return `${law.of}* is not a power law of ${shown(curved)}: log-linearity is rejected${rest}`;
  return `log-linearity of ${law.of}* is not rejected in ${shown(terms)}${rest}`;
}

/** Largest extrapolation, as a factor of any variable, that needs no test. */
const freeExtrapolation = 4;

/** A prediction with what the curvature test says of it. Plain JSON. */
export interface CheckedPrediction extends OptimumPrediction {
  /** By the law with the quadratic term of the variable that bends most clearly; null within 4x and where no term could be fitted. */
  readonly valueIfCurved: number | null;
  readonly warnings: readonly string[];
}

/**
 * A law's optimum at a scale. Beyond four times the fitted scales the curvature test decides what is said: a rejected straight line is a
 * warning with the bent law's value beside it, and so is a test that could not be made.
 *
 * @throws LadderError `input` OPTIMUM_SCALE when the scale lacks a variable
 */
export function checkedOptimum(
  law: OptimumLaw,
  points: readonly OptimumPoint[],
  scale: Readonly<Record<string, number>>,
): CheckedPrediction {
  const prediction = optimumOf(law, scale);
  if (prediction.extrapolation <= freeExtrapolation) return { ...prediction, valueIfCurved: null, warnings: [] };
  const test = testCurvature(law, points);
  const [clearest] = [...test.terms].sort((left, right) => left.pValue - right.pValue);
  const fit = clearest === undefined ? null : withSquare(law, points, clearest.variable);
  const bent = clearest === undefined || fit === null ? null : bentValue(law, fit, clearest.variable, scale);
  const far = `${Number(prediction.extrapolation.toPrecision(3))} times beyond the fitted scales`;
  const beside = bent === null ? "" : `; with a bend it would be ${bent.toPrecision(3)} instead of ${prediction.value.toPrecision(3)}`;
  const straight = test.verdict === "not-rejected" && test.untested.length === 0;
  return { ...prediction, valueIfCurved: bent, warnings: straight ? [] : [`${far}: ${test.words}${beside}`] };
}

function bentValue(law: OptimumLaw, fit: LeastSquaresFit, variable: string, scale: Readonly<Record<string, number>>): number {
  const away = law.terms.map((term) => log(valueOf(scale, term.variable)) - term.center);
  const bend = away[law.terms.findIndex((term) => term.variable === variable)] ?? 0;
  return exp([1, ...away, bend * bend].reduce((sum, value, index) => sum + value * (fit.coefficients[index] ?? 0), 0));
}

/** The law's regression with (ln variable - center)^2 as its last column; null where the points cannot tell it. */
function withSquare(law: OptimumLaw, points: readonly OptimumPoint[], variable: string): LeastSquaresFit | null {
  const logs = law.terms.map((term) => points.map(({ scale }) => log(valueOf(scale, term.variable))));
  const centers = logs.map((values) => mean(values));
  const bent = law.terms.findIndex((term) => term.variable === variable);
  if (points.length < law.terms.length + 3) return null;
  const design = points.map((_, row) => {
    const away = logs.map((values, index) => (values[row] ?? 0) - (centers[index] ?? 0));
    return [1, ...away, (away[bent] ?? 0) * (away[bent] ?? 0)];
  });
  try {
    return leastSquares(
      design,
      points.map(({ logOptimum }) => logOptimum),
    );
  } catch (error) {
    if (error instanceof LadderError && error.code === "DESIGN_RANK") return null;
    throw error;
  }
}
