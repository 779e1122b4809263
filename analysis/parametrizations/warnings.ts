import type { Model, TensorRow } from "../study/trainer-contract.ts";
import type { Parametrization, RuleComponent } from "./contract.ts";
import type { OptimizerChoice, OptimizerFamily } from "./optimizers/contract.ts";
import { familyGauges } from "./optimizers/families.ts";
import { optimizerForRole } from "./resolve.ts";
import type { ScalePair } from "./scale-pair.ts";

/** Something that a rule set's authors warn of and that no factor corrects; nothing is refused for it. */
export interface RuleWarning {
  readonly code: "PARAMETER_SCALE_FLOOR" | "ZERO_READOUT_UNDER_KFAC" | "WIDTH_FAR_FROM_BASE" | "MODEL_UNLIKE_RULES" | "GRADIENTS_NOT_KNOWN";
  /** One sentence with the values. */
  readonly words: string;
  readonly source: string;
}

/** Above this ratio of widths muP's learning rate was measured too large (Qiu et al. 2025). */
const farWidthRatio = 10;

export interface WarningInput extends ScalePair {
  readonly parametrization: Parametrization;
  readonly optimizer: OptimizerChoice;
  readonly model: Model;
  readonly rows: readonly Pick<TensorRow, "name" | "role" | "initStd">[];
  /** Adafactor's smallest step size relative to a tensor; left out: 0.001. */
  readonly parameterScaleFloor?: number;
}

/** What to tell the user about a resolved table beside its numbers. */
export function ruleWarnings(input: WarningInput): readonly RuleWarning[] {
  const { parametrization, optimizer, rows, scale, base, parameterScaleFloor = 1e-3 } = input;
  const under = (family: OptimizerFamily) => rows.filter(({ role }) => optimizerForRole(optimizer, role).family === family);
  const warnings: RuleWarning[] = [];
  const below = under("adafactorScaled").filter(({ initStd }) => initStd > 0 && initStd < parameterScaleFloor);
  const [small] = below;
  if (small !== undefined)
    warnings.push({
      code: "PARAMETER_SCALE_FLOOR",
      words: `${small.name}${below.length > 1 ? ` and ${below.length - 1} more` : ""} at width ${scale.width} start${below.length > 1 ? "" : "s"} with RMS ${small.initStd.toExponential(1)}, below Adafactor's floor ${parameterScaleFloor}: the step follows the floor and no longer the rule`,
      source: "Shazeer and Stern 2018 (arXiv:1804.04235), eps2; form 8 keeps the output's deviation constant",
    });
  const zero = under("kfac").find(({ role, initStd }) => role === "output" && initStd === 0);
  if (zero !== undefined)
    warnings.push({
      code: "ZERO_READOUT_UNDER_KFAC",
      words: `${zero.name} starts at zero, which under K-FAC draws training towards a limit without feature learning`,
      source: "Ishikawa and Karakida 2023 (arXiv:2312.12226), abstract",
    });
  const ratio = Math.max(scale.width / base.width, base.width / scale.width);
  if (ratio > farWidthRatio && parametrization.components.some(scalesRates))
    warnings.push({
      code: "WIDTH_FAR_FROM_BASE",
      words: `width ${scale.width} is ${Number(ratio.toPrecision(3))} times from the base's ${base.width}: beyond ${farWidthRatio} times muP's learning rate was measured to overshoot, so measure the drift`,
      source: "Qiu et al. 2025 (arXiv:2512.05620), section 3.4",
    });
  if (input.model.architecture === "custom" && parametrization.unitScaling !== undefined && followsGradientSize(optimizer))
    warnings.push({
      code: "GRADIENTS_NOT_KNOWN",
      words: `${parametrization.id} gives ${optimizer.main.id} the learning rates of unit-scaled gradients: your trainer has to scale them as the library does, or take an Adam-like optimizer, whose step ignores their size`,
      source: parametrization.unitScaling.source,
    });
  return [...warnings, ...modelWarnings(parametrization, input.model)];
}

/** Of W / t with a gradient t times as large such an optimizer needs t^2 of the learning rate: its step is the gradient's. */
function followsGradientSize({ main }: OptimizerChoice): boolean {
  return familyGauges[main.family].learningRate === 2;
}

function modelWarnings({ id, modelExpectations = [] }: Parametrization, model: Model): readonly RuleWarning[] {
  if (model.architecture !== "transformer") return [];
  const chosen = { normGains: model.normGains ?? "none", normPosition: model.normPosition ?? "branchInput" };
  return modelExpectations
    .filter(({ member, value }) => chosen[member] !== value)
    .map(({ member, value, source }) => ({
      code: "MODEL_UNLIKE_RULES",
      words: `${member} is ${chosen[member]}, but ${id} is made for ${value}: its rules may not hold for this model`,
      source,
    }));
}

/** A component that carries learning rates over widths. */
function scalesRates({ axes, measure, tensorRules }: RuleComponent): boolean {
  const rates = tensorRules.filter(({ quantity, exponents }) => quantity === "learningRate" && Object.keys(exponents).length > 0);
  return axes.includes("width") && measure === "growth" && rates.length > 0;
}
