import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";

const paper = "Bordelon et al. 2023 (arXiv:2309.16620)";

/**
 * Branches of 1/sqrt(depth) and no other change. That is a limit under SGD; steps of a size of their own add up over depth, and a
 * coordinate check over depth fails under Adam by about depth^0.3.
 */
export const bordelon: ParametrizationDefinition = {
  id: "bordelon",
  name: "Bordelon 1/√L",
  summary: "branches x depth^-1/2 and nothing else: a limit under SGD, none under Adam",
  source: paper,
  kind: "component",
  options: [],
  build: () =>
    componentContent({
      component: {
        id: "bordelon",
        axes: ["depth"],
        measure: "growth",
        tensorRules: [],
        operationRules: [
          {
            quantity: "branchMultiplier",
            exponents: { depth: -1 / 2 },
            source: `${paper}: branches / sqrt(depth)`,
            evidence: ["abstract"],
          },
        ],
        optimizerRules: [],
      },
      optimizerFamilies: ["sgd", "adamLike", "adafactorScaled"],
      transfers: [
        {
          hyperparameter: "learningRate",
          axis: "depth",
          transfer: "theory",
          source: `${paper}, under SGD; not under Adam, see Tensor Programs VI`,
        },
        { hyperparameter: "momentum", axis: "depth", transfer: "empirical", source: paper },
        { hyperparameter: "weightDecay", axis: "depth", transfer: "empirical", source: paper },
      ],
      checkHints: [
        {
          axis: "depth",
          families: ["adamLike", "adafactorScaled"],
          hint: "Adam needs m_L^-1/2 or use 1/L: the learning rate in blocks x depth^-1/2 (depth-mup), or branches of 1/depth (completep)",
        },
      ],
    }),
};
