import type { Optimizer } from "./trainer-contract.ts";

/** As the trainer contract names them. */
export type MuonShapeFactor = Extract<Optimizer, { name: "muon" }>["shapeFactor"];

/**
 * Factor on Muon's orthogonal update by the matrix' own shape: `spectral` (fanOut / fanIn)^1/2 (Yang, Simon and Bernstein 2023,
 * arXiv:2310.17813); `matchRms` 0.2 max(fanOut, fanIn)^1/2, which gives AdamW's usual root mean square (Liu et al. 2025,
 * arXiv:2502.16982, section 2.2; torch.optim.Muon `match_rms_adamw`); `jordan` max(1, fanOut / fanIn)^1/2, so that matrices that narrow get
 * none (Jordan et al. 2024; torch.optim.Muon `original`); `none` 1.
 *
 * @param shape rows fanOut and columns fanIn, positive
 * @param largestSide of the stored matrix; it differs from the fans for a lookup table, whose fan-in is 1
 */
export function muonShapeFactor(
  kind: MuonShapeFactor,
  { fanOut, fanIn }: { readonly fanOut: number; readonly fanIn: number },
  largestSide: number = Math.max(fanOut, fanIn),
): number {
  switch (kind) {
    case "none":
      return 1;
    case "spectral":
      return Math.sqrt(fanOut / fanIn);
    case "matchRms":
      return 0.2 * Math.sqrt(largestSide);
    case "jordan":
      return Math.sqrt(Math.max(1, fanOut / fanIn));
  }
}
