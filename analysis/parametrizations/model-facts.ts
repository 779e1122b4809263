import type { Model } from "../study/trainer-contract.ts";
import type { ModelFacts } from "./contract.ts";

/** What unit scaling asks of a model; undefined for one that only its trainer knows. */
export function modelFacts(model: Model): ModelFacts | undefined {
  switch (model.architecture) {
    case "transformer":
      return {
        sequenceLength: model.sequenceLength,
        vocabularySize: model.vocabularySize,
        activation: model.activation ?? "relu",
        gated: model.gatedFeedForward ?? false,
      };
    case "mlp":
      return { sequenceLength: 1, vocabularySize: model.classes, activation: model.activation ?? "relu", gated: false };
    case "residualMlp":
      return { sequenceLength: 1, vocabularySize: model.classes, activation: model.activation, gated: false };
    case "custom":
      return undefined;
  }
}
