import { exp, log, sqrt } from "../../numerics/elementary.ts";
import { type Interval, studentTInterval } from "../../numerics/interval.ts";
import { dot, leastSquares, type LeastSquaresFit, leverage } from "../../numerics/least-squares.ts";
import { mean } from "../../numerics/mean.ts";
import { LadderError } from "../../study/ladder-error.ts";

/** ln of an optimal hyperparameter at a scale. */
export interface OptimumPoint {
  readonly scale: Readonly<Record<string, number>>;
  readonly logOptimum: number;
}

/** optimum = e^logCoefficient x product of variable^exponent, by least squares on ln. Plain JSON. */
export interface OptimumLaw {
  /** The hyperparameter. */
  readonly of: string;
  readonly logCoefficient: number;
  readonly logCoefficientError: number | null;
  readonly terms: readonly OptimumTerm[];
  readonly points: number;
  readonly degreesOfFreedom: number;
  /** Of ln optimum about the law, over all points: sqrt(sum / points). */
  readonly rootMeanSquare: number;
  /** sqrt(sum / degrees of freedom); null without any. */
  readonly residualStandardDeviation: number | null;
  /** (X'X)^-1 with columns 1, ln of each variable less its `center`. */
  readonly inverseGram: readonly (readonly number[])[];
  readonly level: number;
}

export interface OptimumTerm {
  readonly variable: string;
  readonly exponent: number;
  /** Null without degrees of freedom. */
  readonly standardError: number | null;
  readonly interval: Interval | null;
  /** Mean of ln variable over the points. */
  readonly center: number;
  readonly smallest: number;
  readonly largest: number;
}

/**
 * A power law of an optimum in variables of scale, such as LR*(N, D) or B*(D).
 *
 * @param variables names of `scale`, at least one
 * @throws LadderError `input` OPTIMUM_LAW_FEW_POINTS with fewer points than unknowns, OPTIMUM_LAW_CONFOUNDED when a variable has one value
 *   or moves with the others, so that its exponent cannot be told
 */
export function fitOptimumLaw(of: string, variables: readonly string[], points: readonly OptimumPoint[], level = 0.95): OptimumLaw {
  const unknowns = variables.length + 1;
  if (points.length < unknowns)
    throw new LadderError(
      "input",
      "OPTIMUM_LAW_FEW_POINTS",
      `${of}*(${variables.join(", ")}) has ${unknowns} unknowns and ${points.length} optima: sweep more scales`,
      {
        fields: { of, variables, points: points.length },
      },
    );
  const logs = variables.map((variable) => points.map(({ scale }) => log(scale[variable] ?? Number.NaN)));
  const centers = logs.map((values) => mean(values));
  const fit = regress(
    points.map((_, row) => [1, ...logs.map((values, index) => (values[row] ?? 0) - (centers[index] ?? 0))]),
    points,
    of,
    variables,
  );
  const deviation = fit.residualStandardDeviation;
  const [height = 0, ...exponents] = fit.coefficients;
  // Back from the centre: ln optimum where every variable is 1.
  const origin = [1, ...centers.map((center) => -center)];
  return {
    of,
    logCoefficient: height - dot(exponents, centers),
    logCoefficientError: deviation === null ? null : deviation * leverage(fit, origin),
    terms: variables.map((variable, index) => {
      const exponent = exponents[index] ?? 0;
      const standardError = deviation === null ? null : deviation * sqrt(fit.inverseGram[index + 1]?.[index + 1] ?? 0);
      const values = points.map(({ scale }) => scale[variable] ?? Number.NaN);
      return {
        variable,
        exponent,
        standardError,
        interval:
          standardError === null
            ? null
            : studentTInterval(exponent, standardError, fit.degreesOfFreedom, level, "least squares on ln, Student's t"),
        center: centers[index] ?? 0,
        smallest: Math.min(...values),
        largest: Math.max(...values),
      };
    }),
    points: points.length,
    degreesOfFreedom: fit.degreesOfFreedom,
    rootMeanSquare: sqrt(dot(fit.residuals, fit.residuals) / points.length),
    residualStandardDeviation: deviation,
    inverseGram: fit.inverseGram,
    level,
  };
}

/** What a law says of one scale. Plain JSON. */
export interface OptimumPrediction {
  readonly value: number;
  /** For the law's line there; null without degrees of freedom. */
  readonly interval: Interval | null;
  /** Largest factor by which a variable lies beyond the fitted ones; 1 within. */
  readonly extrapolation: number;
}

/** The optimum at a scale that has every variable of the law. */
export function optimumOf(law: OptimumLaw, scale: Readonly<Record<string, number>>): OptimumPrediction {
  const values = law.terms.map(({ variable }) => valueOf(scale, variable));
  const at = law.logCoefficient + law.terms.reduce((sum, { exponent }, index) => sum + exponent * log(values[index] ?? 1), 0);
  const direction = [1, ...law.terms.map(({ center }, index) => log(values[index] ?? 1) - center)];
  const error =
    law.residualStandardDeviation === null
      ? null
      : law.residualStandardDeviation *
        sqrt(
          dot(
            direction,
            law.inverseGram.map((row) => dot(row, direction)),
          ),
        );
  const interval =
    error === null ? null : studentTInterval(at, error, law.degreesOfFreedom, law.level, "least squares on ln, Student's t, at a scale");
  return {
    value: exp(at),
    interval: interval === null ? null : { ...interval, low: exp(interval.low), high: exp(interval.high) },
    extrapolation: Math.max(
      1,
      ...law.terms.map(({ smallest, largest }, index) => Math.max((values[index] ?? 1) / largest, smallest / (values[index] ?? 1))),
    ),
  };
}

/**
 * A variable of a scale.
 *
 * @throws LadderError `input` OPTIMUM_SCALE when it is not there or not above 0
 */
export function valueOf(scale: Readonly<Record<string, number>>, variable: string): number {
  const value = scale[variable];
  if (value !== undefined && value > 0 && value < Infinity) return value;
  throw new LadderError("input", "OPTIMUM_SCALE", `the law needs ${variable} above 0, got ${value === undefined ? "none" : value}`, {
    fields: { variable, scale },
    hint: `say --at ${variable}=…`,
  });
}

function regress(
  design: readonly (readonly number[])[],
  points: readonly OptimumPoint[],
  of: string,
  variables: readonly string[],
): LeastSquaresFit {
  try {
    return leastSquares(
      design,
      points.map(({ logOptimum }) => logOptimum),
    );
  } catch (error) {
    if (!(error instanceof LadderError) || error.code !== "DESIGN_RANK") throw error;
    const still = variables.filter((variable) => points.every(({ scale }) => scale[variable] === points[0]?.scale[variable]));
    const why = still.length > 0 ? `${still.join(" and ")} has one value` : `${variables.join(" and ")} move together`;
    throw new LadderError(
      "input",
      "OPTIMUM_LAW_CONFOUNDED",
      `${of}*(${variables.join(", ")}) cannot be told apart by variable: ${why} over the ${points.length} optima`,
      {
        fields: { of, variables },
        hint: "vary each variable at fixed others, or leave it out of the law",
      },
    );
  }
}
