import type { Law, LawVariable, PublishedConstants } from "./contract.ts";
import { coefficient, fallen, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingCompute, trainingTokens } from "./variables.ts";

interface OneInput {
  readonly id: string;
  readonly words: string;
  readonly input: LawVariable;
  readonly published: readonly PublishedConstants[];
  readonly checkedOn: readonly string[];
  readonly values: readonly number[];
}

const inputs: readonly OneInput[] = [
  {
    id: "power-of-size",
    words: "model size",
    input: modelSize,
    published: [
      {
        source: "Kaplan et al. 2020, arXiv:2001.08361, equation 1.1",
        values: { A: 11.476, alpha: 0.076 },
        note: "WebText2, N without embeddings; written there as (8.8e13 / N)^0.076; quoted, not read in the paper",
      },
    ],
    checkedOn: ["routed-lm"],
    values: [1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10, 3e10],
  },
  {
    id: "power-of-tokens",
    words: "training tokens",
    input: trainingTokens,
    published: [
      {
        source: "Kaplan et al. 2020, arXiv:2001.08361, equation 1.2",
        values: { A: 20.164, alpha: 0.095 },
        note: "WebText2, tokens of data and not of training; written there as (5.4e13 / D)^0.095; quoted, not read in the paper",
      },
    ],
    checkedOn: ["gemstones"],
    values: [1e8, 3e8, 1e9, 3e9, 1e10, 3e10, 1e11, 3e11],
  },
  {
    id: "power-of-compute",
    words: "training compute",
    input: trainingCompute,
    published: [],
    checkedOn: ["isoflop-extracted"],
    values: [1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24],
  },
];

const source =
  "Hestness et al. 2017, Deep learning scaling is predictable, empirically, arXiv:1712.00409; Kaplan et al. 2020, arXiv:2001.08361";

/** loss = A / x^alpha and loss = E + A / x^alpha for x = N, D and C. */
export const powersOfOne: readonly Law[] = inputs.flatMap(({ id, words, input, published, checkedOn, values }) => {
  const size = coefficient("A", `size of the term of ${words}`, `nats per token x ${input.unit}^alpha`);
  const falls = positiveExponent("alpha", `exponent of ${words}`);
  const term = { coefficient: "A", factors: [fallen(input.name, "alpha")] };
  const shared = { source, evidence: ["abstract"], inputs: [input], output: crossEntropy } as const;
  return [
    {
      ...shared,
      id,
      name: `Loss as a power of ${words}`,
      formula: `loss = A / ${input.name}^alpha`,
      published,
      checkedOn,
      ...sumOfPowers([size, falls], [term], [0.05, 0.2, 0.5]),
      example: { values: { A: 12, alpha: 0.08 }, inputs: { [input.name]: values } },
    },
    {
      ...shared,
      id: `${id}-irreducible`,
      name: `Loss as a power of ${words} above an irreducible loss`,
      formula: `loss = E + A / ${input.name}^alpha`,
      published: [],
      checkedOn,
      ...sumOfPowers(
        [vanishing("E", "irreducible loss", "nats per token"), size, falls],
        [{ coefficient: "E", factors: [] }, term],
        [0.05, 0.1, 0.2, 0.3, 0.5, 0.8],
      ),
      irreducible: "E",
      example: { values: { E: 1.7, A: 80, alpha: 0.2 }, inputs: { [input.name]: values } },
    },
  ];
});
