import { componentContent } from "./component-content.ts";
import type { ParametrizationDefinition } from "../contract.ts";
import { depthComponent, type DepthSource } from "./depth-rules.ts";
import { type OptimizerFamily, optimizerFamilies } from "../optimizers/contract.ts";

const widthDepth = "arXiv:2603.00541, section 4.3";
const qiu = "Qiu et al. 2025 (arXiv:2512.05620), table 1";

/** The spectral condition over width and depth: 1/depth branches for blocks of two products or more, for every optimizer. */
export const spectralDepth: ParametrizationDefinition = {
  id: "spectral-depth",
  name: "spectral depth",
  summary: "branches x 1/depth for blocks of two products or more, with each optimizer's learning rate, epsilon and damping in blocks",
  source: `${widthDepth}; ${qiu}`,
  kind: "component",
  options: [
    {
      name: "products",
      meaning: "products a block: two or more, as in transformers, branches of 1/depth; one, branches of 1/sqrt(depth)",
      source: widthDepth,
      defaultValue: "2",
      allowed: ["1", "2"],
    },
    {
      name: "shampoo",
      meaning:
        "Shampoo's learning rate in blocks: depth^(1 - 2(eL + eR)), which follows from its step; or with the sign turned, as the printed fraction may be read. At eL + eR = 1/2 both are 1",
      source: `${qiu}, whose text copy leaves the sign open; derived decides for the first`,
      defaultValue: "derived",
      allowed: ["derived", "inverted"],
    },
    {
      name: "epsilon",
      meaning: "epsilon of Adam, SOAP and Muon inside blocks x 1/branch growth as the gradients there, or left alone",
      source: `arXiv:2603.00541, table 6; ${qiu}: 1/depth`,
      defaultValue: "blocks",
      allowed: ["blocks", "none"],
    },
  ],
  build: (options) => {
    const twoProducts = options.word("products") === "2";
    const inverted = options.word("shampoo") === "inverted";
    const constant: DepthSource = twoProducts
      ? { source: `${widthDepth}: no factor of depth for normalised optimizers`, evidence: ["paper"] }
      : { source: `${widthDepth}: one product a block is Tensor Programs VI's rule`, evidence: ["paper", "derived"] };
    const atOne: Partial<Record<OptimizerFamily, DepthSource>> = twoProducts
      ? {
          sgd: { source: "arXiv:2603.00541, table 5: x depth", evidence: ["paper"] },
          soap: { source: `${qiu}: constant`, evidence: ["paper"] },
          adaMuon: { source: `${qiu}: constant`, evidence: ["paper"] },
          shampoo: inverted
            ? { source: `${qiu}, with the sign of the exponent turned`, evidence: ["abstract"] }
            : { source: `${qiu}: depth^(1 - 2(eL + eR)), read as a factor on the learning rate`, evidence: ["paper", "derived"] },
        }
      : {};
    return componentContent({
      component: depthComponent({
        id: "spectral-depth",
        alpha: twoProducts ? 1 : 1 / 2,
        branch: { source: `${widthDepth}: 1/depth for two products a block or more, 1/sqrt(depth) for one`, evidence: ["paper"] },
        stated: {
          adamLike: constant,
          muon: constant,
          muonSpectral: constant,
          muonMatchRms: constant,
          muonJordan: constant,
          ...atOne,
        },
        epsilon:
          options.word("epsilon") === "none"
            ? false
            : twoProducts
              ? { source: `arXiv:2603.00541, table 6; ${qiu}: epsilon of SOAP and of Muon's normalisation 1/depth`, evidence: ["paper"] }
              : { source: "derived: epsilon as the gradients in blocks, depth^-1/2", evidence: ["derived"] },
        invertShampoo: inverted,
      }),
      optimizerFamilies,
      transfers: [
        { hyperparameter: "learningRate", axis: "depth", transfer: "theory", source: `${widthDepth}: the feature-learning limit` },
      ],
    });
  },
};
