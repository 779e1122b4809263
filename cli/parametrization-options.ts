import { type Command, Option } from "commander";
import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { weightDecayKinds } from "../analysis/study/word-lists.ts";
import type { DescriptionRequest } from "../operations/describe-parametrization.ts";
import { readScale } from "../operations/parametrization-scales.ts";
import { numberOption, parseNumber } from "./options.ts";

const pairs = z.array(z.string()).default([]);

/** Options of every verb that resolves a rule set for a model. */
export const modelOptionsSchema = z.object({
  optimizer: z.string().default("adam"),
  base: z.string().optional(),
  scale: z.string().optional(),
  learningRate: numberOption.optional(),
  weightDecay: numberOption.optional(),
  weightDecayKind: z.enum(weightDecayKinds).optional(),
  epsilon: numberOption.optional(),
  initStd: numberOption.optional(),
  beta1: numberOption.optional(),
  beta2: numberOption.optional(),
  hyperparameter: pairs,
  model: z.string().default("transformer"),
  modelOption: pairs,
  baseShapes: z.string().optional(),
  baseModel: z.string().optional(),
});

/** Adds them; `--name` is added by the verbs that have one rule set. */
export function addModelOptions(command: Command): void {
  const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];
  command.option("--optimizer <name>", "as adam, shampoo:left=0.5,right=0.5 or adam#shampoo (default adam)");
  command.option("--base <axes>", "where values were tuned: width=256,depth=4");
  command.option("--scale <axes>", "where they are carried to: width=4096,depth=32");
  command.option("--learning-rate <value>", "tuned at the base; without it factors are shown");
  command.option("--weight-decay <value>", "the same for weight decay");
  command.addOption(
    new Option("--weight-decay-kind <kind>", "how decay meets the learning rate (default: the rule set's)").choices(weightDecayKinds),
  );
  command.option("--epsilon <value>", "the same for Adam's epsilon");
  command.option("--init-std <value>", "factor on initial deviations, which are 1/sqrt(fan-in) at the base");
  command.option("--beta1 <value>", "at the base, for rules of batch and horizon");
  command.option("--beta2 <value>", "at the base, for rules of batch and horizon");
  command.option("--hyperparameter <name=value>", "any other, also of one module: learningRate@readout=2 (repeatable)", collect);
  command.option("--model <model>", "a family (default transformer) or a JSON file of tensors or shapes");
  command.option("--model-option <name=value>", "a parameter of the family: vocabularySize=50257 (repeatable)", collect);
  command.option("--base-shapes <file>", "for a file of shapes: a .bsh file of the mup package");
  command.option("--base-model <file>", "for a file of shapes: the same at the base width");
}

/** What the options ask for. @throws LadderError `input` USAGE */
export function readRequest(options: z.infer<typeof modelOptionsSchema>, name: string): DescriptionRequest {
  const { optimizer, base, scale, model, baseShapes, baseModel, weightDecayKind, beta1, beta2 } = options;
  return {
    name,
    optimizer,
    base: base === undefined ? {} : readScale(base, "--base", parseNumber),
    scale: scale === undefined ? {} : readScale(scale, "--scale", parseNumber),
    hyperparameters: { ...readNumbers(options.hyperparameter), ...namedValues(options) },
    weightDecayKind,
    beta1,
    beta2,
    model,
    modelOptions: Object.fromEntries(options.modelOption.map((text) => readPair(text, "--model-option"))),
    baseShapes,
    baseModel,
  };
}

function namedValues(options: z.infer<typeof modelOptionsSchema>): Readonly<Record<string, number>> {
  const names = ["learningRate", "weightDecay", "epsilon", "initStd"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = options[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function readNumbers(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, written] = readPair(text, "--hyperparameter");
      const value = parseNumber(written);
      if (value === undefined) throw wrongPair("--hyperparameter", text, "must be NAME=NUMBER, for example residualMultiplier=0.5 or 2^-7");
      return [name, value] as const;
    }),
  );
}

function readPair(text: string, option: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw wrongPair(option, text, "must be NAME=VALUE");
  return [text.slice(0, at), text.slice(at + 1)];
}

function wrongPair(option: string, text: string, message: string): LadderError {
  return new LadderError("input", "USAGE", "the command line is wrong", {
    problems: [{ path: option, message, value: JSON.stringify(text) }],
  });
}
