import {
  batchLinear,
  batchMarin,
  batchSde,
  batchSquareRoot,
  horizonBjorck,
  horizonBjorck125M,
  horizonFitted,
  horizonFittedGiven,
  horizonStepLaw,
} from "./paper-tables/batch-and-horizon.ts";
import { completedp, completep, completepHalf, completepNoEpsilon } from "./paper-tables/completep.ts";
import * as depth from "./paper-tables/depth.ts";
import type { PaperTable } from "./paper-tables/format.ts";
import { mupForm3, mupForm9 } from "./paper-tables/mup-forms.ts";
import * as mup from "./paper-tables/mup.ts";
import { sp } from "./paper-tables/sp.ts";
import * as width from "./paper-tables/width.ts";
import { munit, uMup, uMupConstantEmbedding, uMupConstrained } from "./paper-tables/unit-scaled.ts";

/**
 * The tables as the papers print them, by rule set as a study writes it. Every definition needs one under its bare id: its defaults.
 * A component's table says what it adds to `mup`. More lines, with options, are welcome.
 */
export const paperTables: Readonly<Record<string, PaperTable>> = {
  sp,
  "sp-global": width.spGlobal,
  "sp-global:weight-decay=halved": width.spGlobalHalved,
  ntp: width.ntp,
  "mean-field": width.meanField,
  everett: width.everettStandard,
  "everett:alignment=0": width.everettNoAlignment,
  "everett:alignment=0.5": width.everettHalfAlignment,
  "everett:epsilon=per-layer": width.everettEpsilon,
  "everett:init=ntk": width.everettNtk,
  "everett:init=mean-field": width.everettMeanField,
  "everett:init=mup": width.everettMup,
  spectral: width.spectral,
  muonh: width.muonh,
  "muonh:token-exponent=0.32": width.muonhTokens,
  "muonh:depth=none": width.muonhWidthOnly,
  "muonh:readout=constant": width.muonhConstantReadout,
  mup: mup.mup,
  "mup:form=3": mupForm3,
  "mup:form=9": mupForm9,
  "mup:weight-decay=constant": mup.mupConstantWeightDecay,
  "mup:weight-decay=inverse-width": mup.mupInverseWidthDecay,
  "mup:epsilon=per-role": mup.mupEpsilonByRole,
  "mup:epsilon=hidden": mup.mupEpsilonHidden,
  "mup:attention=inverse": mup.mup,
  "mup:attention=inverse-square-root": mup.mupSquareRootAttention,
  "mup:tied=mup-compatible": mup.mupCompatibleTies,
  completep,
  "completep:alpha=0.5": completepHalf,
  "completep:epsilon=none": completepNoEpsilon,
  completedp,
  "u-mup": uMup,
  "u-mup:embedding-learning-rate=constant": uMupConstantEmbedding,
  "u-mup:sgd-constraint=to-output-scale": uMupConstrained,
  munit,
  "depth-mup": depth.depthMup,
  "depth-mup:epsilon=blocks": depth.depthMupEpsilon,
  bordelon: depth.bordelon,
  "completep-depth": depth.completepDepth,
  "completep-depth:alpha=0.5": depth.completepDepthHalf,
  "completep-depth:epsilon=none": depth.completepDepthNoEpsilon,
  "spectral-depth": depth.completepDepth,
  "spectral-depth:products=1": depth.completepDepthHalf,
  "spectral-depth:shampoo=inverted": depth.spectralDepthInverted,
  "gpt2-residual-init": depth.gpt2ResidualInit,
  "batch-linear": batchLinear,
  "batch-square-root": batchSquareRoot,
  "batch-sde": batchSde,
  "batch-marin": batchMarin,
  "horizon-bjorck": horizonBjorck,
  "horizon-bjorck:beta=0.65": horizonBjorck125M,
  "horizon-step-law": horizonStepLaw,
  "horizon-fitted": horizonFitted,
  "horizon-fitted:exponent=-0.25": horizonFittedGiven,
};
