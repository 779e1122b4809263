import { sdeBetas, sdeRows } from "./batch-and-horizon.ts";
import { completepDepth, completepDepthHalf, completepDepthNoEpsilon } from "./depth.ts";
import type { PaperTable } from "./format.ts";
import { mup, mupEpsilonByRole } from "./mup.ts";

/** Dey et al. 2025 (arXiv:2505.01618), table 1: muP over width with epsilon by role, and the depth rows. */
export const completep: PaperTable = {
  ...mupEpsilonByRole,
  ...completepDepth,
  tensors: [...mupEpsilonByRole.tensors, ...completepDepth.tensors],
};
export const completepHalf: PaperTable = {
  ...mupEpsilonByRole,
  ...completepDepthHalf,
  tensors: [...mupEpsilonByRole.tensors, ...completepDepthHalf.tensors],
};
export const completepNoEpsilon: PaperTable = {
  ...mup,
  ...completepDepthNoEpsilon,
  tensors: [...mup.tensors, ...completepDepthNoEpsilon.tensors],
};

/** Mlodozeniec et al. 2025 (arXiv:2512.22382): the same with the SDE rule inside, for Adam. */
export const completedp: PaperTable = {
  ...completep,
  tensors: [...completep.tensors, ...sdeRows],
  betas: sdeBetas,
};
