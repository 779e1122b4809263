import { LadderError } from "../analysis/study/ladder-error.ts";
import type { PartialScale, Scale } from "../analysis/study/scale.ts";
import { type ScaleAxis, scaleAxes } from "../analysis/study/word-lists.ts";

/** An axis that was not given on one side or on both, and what it was taken to be. */
export interface AssumedAxis {
  readonly axis: ScaleAxis;
  readonly value: number;
  /** `both`: given nowhere; else the side that takes the other's value. */
  readonly side: "both" | "base" | "scale";
}

export interface ScalesInUse {
  readonly scale: Scale;
  readonly base: Scale;
  readonly assumed: readonly AssumedAxis[];
}

/** What an axis is where nobody says; only absolute rule sets depend on it, so every table names it. */
const unsaid: Readonly<Record<Exclude<ScaleAxis, "headDimension" | "width">, number>> = {
  depth: 4,
  batchSizeTokens: 524_288,
  tokenHorizon: 10_000_000_000,
};

/** Heads are 64 wide where nobody says, or the largest that both widths allow. */
const usualHeadDimension = 64;

/**
 * Both scales in full. What neither says is equal on both sides; what one says holds for the other, but for the head dimension,
 * of which that can be meant in two ways.
 *
 * @param hasAttention the head dimension matters
 * @throws LadderError `input` SCALE_INCOMPLETE without a width; HEAD_LAYOUT_AMBIGUOUS with both readings
 */
export function completeScales(given: {
  readonly scale: PartialScale;
  readonly base: PartialScale;
  readonly hasAttention: boolean;
}): ScalesInUse {
  const { scale, base, hasAttention } = given;
  const width = { scale: scale.width ?? base.width, base: base.width ?? scale.width };
  if (width.scale === undefined || width.base === undefined)
    throw new LadderError("input", "SCALE_INCOMPLETE", "neither --base nor --scale says a width", {
      hint: "for example --base width=256 --scale width=4096",
    });
  const widths = { scale: width.scale, base: width.base };
  if (hasAttention) assertHeadLayout(scale, base, widths);
  const assumed: AssumedAxis[] = [];
  const complete = (axis: ScaleAxis, nowhere: number): { readonly scale: number; readonly base: number } => {
    const [here, there] = [scale[axis], base[axis]];
    const value = here ?? there ?? nowhere;
    if (here === undefined || there === undefined)
      assumed.push({ axis, value, side: here === undefined && there === undefined ? "both" : here === undefined ? "scale" : "base" });
    return { scale: value, base: there ?? value };
  };
  const axes = {
    width: complete("width", 1),
    depth: complete("depth", unsaid.depth),
    headDimension: complete("headDimension", hasAttention ? headDimensionOf(widths) : 1),
    batchSizeTokens: complete("batchSizeTokens", unsaid.batchSizeTokens),
    tokenHorizon: complete("tokenHorizon", unsaid.tokenHorizon),
  };
  return {
    scale: ofSide(axes, "scale"),
    base: ofSide(axes, "base"),
    assumed: assumed.filter(({ axis }) => hasAttention || axis !== "headDimension"),
  };
}

/** Reads `width=256,depth=4`; numbers also as `2^20`. @throws LadderError `input` USAGE with every part that is wrong */
export function readScale(text: string, option: string, readNumber: (text: string) => number | undefined): PartialScale {
  const problems: { path: string; message: string; value: string; fix: string }[] = [];
  const entries = text.split(",").flatMap((part) => {
    const [name = "", written = ""] = part.split("=");
    const axis = scaleAxes.find((candidate) => candidate === name.trim());
    const value = readNumber(written);
    if (axis !== undefined && value !== undefined && Number.isSafeInteger(value) && value >= 1) return [[axis, value] as const];
    problems.push({
      path: option,
      message: axis === undefined ? `"${name}" is no axis of a scale` : `${axis} must be a whole number, at least 1`,
      value: JSON.stringify(part),
      fix: axis === undefined ? `one of: ${scaleAxes.join(", ")}` : `for example ${axis}=256`,
    });
    return [];
  });
  if (problems.length > 0) throw new LadderError("input", "USAGE", "the command line is wrong", { problems });
  return Object.fromEntries(entries);
}

function ofSide(axes: Readonly<Record<ScaleAxis, { readonly scale: number; readonly base: number }>>, side: "scale" | "base"): Scale {
  return {
    width: axes.width[side],
    depth: axes.depth[side],
    headDimension: axes.headDimension[side],
    batchSizeTokens: axes.batchSizeTokens[side],
    tokenHorizon: axes.tokenHorizon[side],
  };
}

interface Widths {
  readonly scale: number;
  readonly base: number;
}

/** A head dimension on one side: either heads keep their size and become more, or they keep their number and become larger. */
function assertHeadLayout(scale: PartialScale, base: PartialScale, widths: Widths): void {
  const known = scale.headDimension ?? base.headDimension;
  if (known === undefined || (scale.headDimension !== undefined && base.headDimension !== undefined)) return;
  if (widths.scale === widths.base) return;
  const [side, other] = base.headDimension === undefined ? (["scale", "base"] as const) : (["base", "scale"] as const);
  const larger = (known * widths[other]) / widths[side];
  const heads = (width: number, headDimension: number): string => `${width / headDimension} heads of ${headDimension}`;
  const option = (headDimension: number): string => `--${other} width=${widths[other]},headDimension=${headDimension}`;
  const sameSize = `heads keep their size: ${heads(widths.base, known)} at the base, ${heads(widths.scale, known)} here (${option(known)})`;
  const [atBase, here] = side === "base" ? [known, larger] : [larger, known];
  const sameNumber = `heads keep their number: ${heads(widths.base, atBase)} at the base, ${heads(widths.scale, here)} here (${option(larger)})`;
  throw new LadderError(
    "input",
    "HEAD_LAYOUT_AMBIGUOUS",
    `headDimension is ${known} for --${side} and not given for --${other}, which can mean two models whose attention logits scale differently`,
    {
      fields: { headDimension: known, side, readings: { sameSize: known, sameNumber: larger } },
      hint: `say which: ${sameSize}; or ${sameNumber}`,
    },
  );
}

function headDimensionOf({ scale, base }: Widths): number {
  let size = Math.min(usualHeadDimension, scale, base);
  while (size > 1 && (scale % size !== 0 || base % size !== 0)) size -= 1;
  return size;
}
