import { LadderError } from "../../study/ladder-error.ts";
import type { Optimizer, TensorRole } from "../../study/trainer-contract.ts";
import type { OptimizerChoice, OptimizerDefinition, OptimizerFamily, OptimizerInUse } from "./contract.ts";
import { optimizerDefinitions } from "./definitions.ts";

export { optimizerDefinitions } from "./definitions.ts";

const elementwiseRoles: readonly TensorRole[] = ["bias", "normGain", "scalar"];

/**
 * Reads an optimizer as `--optimizer` writes it: `adam`, `shampoo:left=0.5,right=0.5,block=128`, `muon:fallback=0` (every
 * matrix by Muon; by default lookup tables, readout and vectors go to AdamW), or grafting `adam#shampoo`: the size of the first
 * one's step in the direction of the second.
 *
 * @throws LadderError `input` OPTIMIZER_UNKNOWN; OPTIMIZER_WITHOUT_RULE for one that no width rule is published for;
 *   OPTIMIZER_OPTION_INVALID
 */
export function readOptimizer(text: string): OptimizerChoice {
  const [size = "", direction] = text.split("#");
  if (direction === undefined) return choose(size);
  const { main } = choose(direction);
  return { ...choose(size), direction: main };
}

/** The choice that a study's optimizer makes. */
export function choiceOfOptimizer(optimizer: Optimizer): OptimizerChoice {
  const inUse = (id: string, family: OptimizerFamily, exponents = { left: 0, right: 0 }): OptimizerInUse => ({
    id,
    family,
    exponentLeft: exponents.left,
    exponentRight: exponents.right,
    blockSize: null,
  });
  const fallback =
    "fallback" in optimizer && optimizer.fallback !== undefined
      ? { fallback: { optimizer: inUse(optimizer.fallback.name, "adamLike"), roles: optimizer.fallback.roles } }
      : {};
  switch (optimizer.name) {
    case "sgd":
      return { main: inUse("sgd", "sgd") };
    case "adam":
    case "adamw":
    case "lion":
      return { main: inUse(optimizer.name, "adamLike") };
    case "adafactor":
      return { main: inUse("adafactor", optimizer.parameterScale ? "adafactorScaled" : "adamLike") };
    case "muon":
      return { main: inUse("muon", muonFamilies[optimizer.shapeFactor]), ...fallback };
    case "shampoo":
      return { main: inUse("shampoo", "shampoo", { left: optimizer.exponentLeft, right: optimizer.exponentRight }), ...fallback };
    case "kfac":
    case "foof":
      return { main: inUse(optimizer.name, optimizer.name), ...fallback };
  }
}

const muonFamilies = { none: "muon", spectral: "muonSpectral", matchRms: "muonMatchRms", jordan: "muonJordan" } as const satisfies Record<
  string,
  OptimizerFamily
>;

function choose(text: string): OptimizerChoice {
  const [id = "", written = ""] = text.split(":");
  const definition = findOptimizer(id);
  const options = readOptions(definition, written);
  if (definition.family === null)
    throw new LadderError(
      "input",
      "OPTIMIZER_WITHOUT_RULE",
      `no rule: no width rule is published for ${definition.name}; its values are swept, not transferred`,
      {
        fields: { optimizer: definition.id },
        hint: `${definition.source}; sweep it at each scale under sp`,
      },
    );
  const block = options["block"] ?? 0;
  const main: OptimizerInUse = {
    id: definition.id,
    family: definition.family,
    exponentLeft: options["left"] ?? 0,
    exponentRight: options["right"] ?? 0,
    blockSize: block === 0 ? null : block,
  };
  if (!definition.matricesOnly) return { main };
  const adamw: OptimizerInUse = { id: "adamw", family: "adamLike", exponentLeft: 0, exponentRight: 0, blockSize: null };
  const roles: readonly TensorRole[] = (options["fallback"] ?? 0) === 0 ? elementwiseRoles : ["input", "output", ...elementwiseRoles];
  return { main, fallback: { optimizer: adamw, roles } };
}

/** @throws LadderError `input` OPTIMIZER_UNKNOWN, which lists the known ones */
export function findOptimizer(id: string): OptimizerDefinition {
  const found = optimizerDefinitions.find((definition) => definition.id === id);
  if (found !== undefined) return found;
  const known = optimizerDefinitions.map((definition) => definition.id);
  throw new LadderError("input", "OPTIMIZER_UNKNOWN", `there is no optimizer "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
  });
}

function readOptions(definition: OptimizerDefinition, written: string): Readonly<Record<string, number>> {
  const names = Object.keys(definition.options);
  const given = written === "" ? [] : written.split(",").map((part) => part.split("="));
  for (const [name = "", value = ""] of given)
    if (!names.includes(name) || value === "" || !(Number(value) >= 0))
      throw new LadderError("input", "OPTIMIZER_OPTION_INVALID", `${definition.id} has no option "${name}=${value}"`, {
        fields: { optimizer: definition.id, option: name, value },
        hint:
          names.length === 0
            ? `${definition.id} has no options`
            : `options, numbers at least 0: ${names.map((known) => `${known}=${String(definition.options[known])}`).join(", ")}`,
      });
  return { ...definition.options, ...Object.fromEntries(given.map(([name = "", value]) => [name, Number(value)] as const)) };
}
