import type { FitRows } from "../../../analysis/fits/contract.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

/** y = a + b x on the plain value: what least squares says of it is in every textbook. */
export const straightLine: Law = {
  id: "straight-line",
  name: "Straight line",
  formula: "y = a + b x",
  source: "a test",
  evidence: ["derived"],
  inputs: [{ name: "x", meaning: "input", unit: "1", range: { from: -1e9, to: 1e9 } }],
  output: { name: "y", meaning: "output", unit: "1" },
  scale: "value",
  parameters: [
    { name: "a", meaning: "intercept", unit: "1", transform: "identity" },
    { name: "b", meaning: "slope", unit: "1", transform: "identity" },
  ],
  published: [],
  checkedOn: [],
  prepare(columns) {
    const x = columns["x"] ?? new Float64Array();
    return {
      rowCount: x.length,
      predict([a = 0, b = 0], predictions) {
        for (const [row, value] of x.entries()) predictions[row] = a + b * value;
      },
      predictWithJacobian([a = 0, b = 0], predictions, jacobian) {
        for (const [row, value] of x.entries()) {
          predictions[row] = a + b * value;
          jacobian[2 * row] = 1;
          jacobian[2 * row + 1] = value;
        }
      },
    };
  },
  starts: () => [[0], [0]],
};

/** y = 1 + 2 x + noise of standard deviation 0.5 at x = 0 … count - 1 over ten. */
export function lineRows(count: number, seed = 1): FitRows {
  const stream = randomStream(seed, "line");
  const x = Float64Array.from({ length: count }, (_, index) => index / 10);
  return { columns: { x }, output: x.map((value) => 1 + 2 * value + 0.5 * stream.normal()) };
}
