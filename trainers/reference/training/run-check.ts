import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";

/**
 * What a schema cannot say: dimensions that must divide each other, one pair of multipliers for each residual block, an
 * attention scale for attention, coordinates within the run.
 *
 * @throws LadderError `input` RUN_UNSUPPORTED with every problem
 */
export function checkRun(run: TrainerRun): void {
  const { scale } = run;
  const problems: Problem[] = [];
  const refuse: Refuse = (path, value, message, fix) => problems.push({ path, message, value: JSON.stringify(value), fix });
  if (run.tokenHorizon % scale.batchSizeTokens !== 0)
    refuse("tokenHorizon", run.tokenHorizon, `not a multiple of batchSizeTokens ${scale.batchSizeTokens}`, "train whole batches");
  checkShapes(run, refuse);
  checkResidualBlocks(run, refuse);
  const totalSteps = Math.floor(run.tokenHorizon / scale.batchSizeTokens);
  const beyond = run.coordinates?.steps.filter((step) => step > totalSteps) ?? [];
  if (beyond.length > 0) refuse("coordinates.steps", beyond, `the run has ${totalSteps} updates`, "leave these steps out, or train longer");
  if (problems.length > 0) throw new LadderError("input", "RUN_UNSUPPORTED", "the reference trainer cannot train this run", { problems });
}

type Refuse = (path: string, value: unknown, message: string, fix: string) => void;

function checkShapes({ model, scale, operations }: TrainerRun, refuse: Refuse): void {
  if (model.architecture !== "transformer") return;
  if (scale.width % scale.headDimension !== 0)
    refuse("scale.width", scale.width, `not a multiple of headDimension ${scale.headDimension}`, "change one of them");
  if (!Number.isInteger(model.feedForwardRatio * scale.width))
    refuse("model.feedForwardRatio", model.feedForwardRatio, `times width ${scale.width} is not a whole number`, "change one of them");
  if (scale.batchSizeTokens % model.sequenceLength !== 0)
    refuse(
      "scale.batchSizeTokens",
      scale.batchSizeTokens,
      `not a multiple of sequenceLength ${model.sequenceLength}`,
      "train whole sequences",
    );
  if (operations.attentionLogitScale === null)
    refuse("operations.attentionLogitScale", null, "attention needs a logit scale", "give a number");
}

/** The branches of a model in the order of execution, and in words. */
function branchesOf({ model, scale }: TrainerRun): readonly [branches: readonly string[], words: string] {
  if (model.architecture === "transformer")
    return [
      Array.from({ length: 2 * scale.depth }, (_, index) => (index % 2 === 0 ? "attention" : "feedForward")),
      "attention and feedForward in turn",
    ];
  if (model.architecture === "residualMlp") return [Array.from({ length: scale.depth }, () => "feedForward"), "all feedForward"];
  return [[], ""];
}

function checkResidualBlocks(run: TrainerRun, refuse: Refuse): void {
  const branches = run.operations.residualBlocks.map((block) => block.branch);
  const [expected, words] = branchesOf(run);
  const path = "operations.residualBlocks";
  if (expected.length === 0) {
    if (branches.length > 0) refuse(path, branches.length, `${run.model.architecture} has no residual blocks`, "use []");
  } else if (JSON.stringify(branches) !== JSON.stringify(expected))
    refuse(
      path,
      branches,
      `depth ${run.scale.depth} has ${expected.length} residual blocks, ${words}`,
      "give one entry for each, in the order of execution",
    );
}
