import { quickExp, quickExps, quickLog, quickLogs } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Columns, Law, LawParameter } from "./contract.ts";

/** One power: inputs^(sign x exponent), of one input or of a product that has the same exponent. */
export interface PowerFactor {
  /** Name of the parameter that is the exponent. */
  readonly exponent: string;
  readonly sign: 1 | -1;
  /** ln of what is raised to the power. */
  readonly logarithms: (columns: Columns) => Float64Array;
}

/** coefficient x product of powers; without any, a constant such as an irreducible loss. */
export interface PowerTerm {
  /** Name of a parameter with the transform `log`. */
  readonly coefficient: string;
  readonly factors: readonly PowerFactor[];
}

/** input^exponent. */
export function raised(input: string, exponent: string): PowerFactor {
  return { exponent, sign: 1, logarithms: (columns) => logarithms(columnOf(columns, input)) };
}

/** 1 / input^exponent. */
export function fallen(input: string, exponent: string): PowerFactor {
  return { ...raised(input, exponent), sign: -1 };
}

/** What a law needs of a sum of power terms. */
type PowerLaw = Pick<Law, "scale" | "parameters" | "prepare" | "linearPart" | "starts">;

/**
 * output = sum of coefficient x product of input^exponent, predicted as its logarithm: the shape of most laws of loss, and with one term
 * of laws of learning rate and batch. It is linear in the coefficients.
 *
 * @param parameters every coefficient (transform `log`) and every exponent (`identity`) of the terms
 * @param exponentStarts values that every exponent starts from, where its bound allows them
 */
export function sumOfPowers(parameters: readonly LawParameter[], terms: readonly PowerTerm[], exponentStarts: readonly number[]): PowerLaw {
  const size = parameters.length;
  const indexOf = (name: string): number => parameters.findIndex((parameter) => parameter.name === name);
  return {
    scale: "log",
    parameters,
    prepare(columns) {
      const compiled = terms.map((term) => ({
        coefficient: indexOf(term.coefficient),
        factors: term.factors.map(({ exponent, sign, logarithms: logarithmsOf }) => ({
          index: indexOf(exponent),
          slopes: logarithmsOf(columns).map((value) => sign * value),
        })),
        values: new Float64Array(rowCountOf(columns)),
      }));
      const rowCount = rowCountOf(columns);
      const isSingle = compiled.length === 1;
      /** ln of each term where there is one only, else the terms themselves. */
      const evaluate = (coordinates: Float64Array): void => {
        for (const { coefficient, factors, values } of compiled) {
          const logCoefficient = coordinates[coefficient] ?? 0;
          if (factors.length === 0) {
            values.fill(isSingle ? logCoefficient : quickExp(logCoefficient));
            continue;
          }
          values.fill(logCoefficient);
          for (const { index, slopes } of factors) {
            const exponent = coordinates[index] ?? 0;
            for (let row = 0; row < rowCount; row += 1) values[row] = (values[row] ?? 0) + exponent * (slopes[row] ?? 0);
          }
          if (!isSingle) quickExps(values, rowCount);
        }
      };
      const sumInto = (predictions: Float64Array): void => {
        predictions.fill(0, 0, rowCount);
        for (const { values } of compiled)
          for (let row = 0; row < rowCount; row += 1) predictions[row] = (predictions[row] ?? 0) + (values[row] ?? 0);
      };
      return {
        rowCount,
        predict(coordinates, predictions) {
          evaluate(coordinates);
          sumInto(predictions);
          if (!isSingle) quickLogs(predictions, rowCount);
        },
        predictWithJacobian(coordinates, predictions, jacobian) {
          evaluate(coordinates);
          sumInto(predictions);
          jacobian.fill(0, 0, rowCount * size);
          for (const { coefficient, factors, values } of compiled)
            for (let row = 0, offset = 0; row < rowCount; row += 1, offset += size) {
              const share = isSingle ? 1 : (values[row] ?? 0) / (predictions[row] ?? 0);
              jacobian[offset + coefficient] = (jacobian[offset + coefficient] ?? 0) + share;
              for (const { index, slopes } of factors)
                jacobian[offset + index] = (jacobian[offset + index] ?? 0) + share * (slopes[row] ?? 0);
            }
          if (!isSingle) quickLogs(predictions, rowCount);
        },
      };
    },
    starts(columns, output) {
      const logSmallest = quickLog(columnMinimum(output));
      return parameters.map(({ name, lower = -Infinity }) => {
        const term = terms.find(({ coefficient }) => coefficient === name);
        if (term === undefined) return exponentStarts.filter((start) => start >= lower);
        if (term.factors.length === 0) return [0.3, 0.7, 0.95].map((share) => quickLog(share) + logSmallest);
        // A third of the smallest output in the middle of the rows, for small and for large exponents.
        const middle = term.factors.reduce((sum, { sign, logarithms: logs }) => sum - sign * columnMean(logs(columns)), 0);
        return [0.1, 0.4].map((exponent) => quickLog(0.3) + logSmallest + exponent * middle);
      });
    },
    linearPart: {
      parameters: terms.map(({ coefficient }) => coefficient),
      basis(columns, nonlinear, into) {
        const stride = terms.length;
        for (const [place, { factors }] of terms.entries()) {
          const powers = factors.map(({ exponent, sign, logarithms: logs }) => ({
            slope: sign * (nonlinear[exponent] ?? 0),
            logs: logs(columns),
          }));
          for (let row = 0, offset = place; row < rowCountOf(columns); row += 1, offset += stride)
            into[offset] = quickExp(powers.reduce((sum, { slope, logs }) => sum + slope * (logs[row] ?? 0), 0));
        }
      },
    },
  };
}

function rowCountOf(columns: Columns): number {
  return Object.values(columns)[0]?.length ?? 0;
}

/** A coefficient. */
export function coefficient(name: string, meaning: string, unit: string): LawParameter {
  return { name, meaning, unit, transform: "log" };
}

/** A coefficient whose term may turn out not to be there. */
export function vanishing(name: string, meaning: string, unit: string): LawParameter {
  return { name, meaning, unit, transform: "log", mayVanish: true };
}

/** An exponent of either sign. */
export function exponent(name: string, meaning: string): LawParameter {
  return { name, meaning, unit: "1", transform: "identity" };
}

/** An exponent of a term that falls. */
export function positiveExponent(name: string, meaning: string): LawParameter {
  return { name, meaning, unit: "1", transform: "identity", lower: 0 };
}
