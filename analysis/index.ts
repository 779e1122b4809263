/**
 * The public surface of Ladder's mathematics, `ladder-orchestrator/analysis`: pure functions over plain JSON, the same in
 * Node, a browser and a notebook. Nothing outside this file is promised.
 */

// Words of a study: what results look like and how errors are told.
export { canonicalJson, contentHash, type JsonValue } from "./study/content-hash.ts";
export { LadderError, type LadderErrorKind, type Problem } from "./study/ladder-error.ts";
export { scaleAxes, describeScale, type CountedScale, type Scale, type ScaleAxis } from "./study/scale.ts";
export type { PlannedRun, PlannedTrial, TrialRunResult } from "./study/trial.ts";
export { studySpecSchema, type StudySpec, type StudySpecInput } from "./study/study-spec.ts";
export { trainerRunSchema, type TrainerRun } from "./study/trainer-contract.ts";

// Rules of scaling, and the plan of a sweep.
export {
  defaultParametrizations,
  findParametrization,
  parametrizationDefinitions,
  parametrizationName,
  parametrizationNames,
} from "./parametrizations/index.ts";
export type { Parametrization } from "./parametrizations/contract.ts";
export { findSearchStrategy, searchStrategies } from "./search/index.ts";
export type { SearchStrategy } from "./search/contract.ts";
export { planTrial, planTrials } from "./search/plan.ts";

// Numbers with the same bits everywhere.
export { randomStream, type RandomStream } from "./numerics/random-stream.ts";
export type { Interval } from "./numerics/interval.ts";

// Does the optimum stay put?
export { measureBasins, type Basin, type BasinOptions, type BasinPoint, type SeedBasin } from "./transfer/basins.ts";
export { defaultBasinFit, type BasinFit, type BasinFitOptions, type FittedBasin, type UnfittedBasin } from "./fits/basin-fit.ts";
export { measureDrift, type Drift, type Optimum } from "./transfer/drift.ts";
export type { DriftComparison, DriftComparisonOutcome } from "./transfer/drift-comparison.ts";
export { compareDrifts, type DriftComparisonOptions } from "./transfer/paired-drift.ts";
export { regretAt, regretCurve, type RegretCurve, type RegretReading } from "./transfer/regret-curve.ts";
export type { RunsToDecide } from "./transfer/runs-to-decide.ts";
export {
  defaultTransferTest,
  transferVerdicts,
  type OptimumRow,
  type TransferBlocker,
  type TransferTest,
  type TransferTestOptions,
  type TransferVerdict,
} from "./transfer/transfer-test.ts";
export { testTransfer, testTransfers } from "./transfer/verdict.ts";

// What to use at a scale nobody has trained, what a miss costs, and whether that came true.
export { carryRules, type CarryRule } from "./recommendation/carry-rule.ts";
export type { Check } from "./recommendation/checks.ts";
export { predictExcessLoss, type Choice, type ExcessLossPrediction } from "./recommendation/excess-loss.ts";
export { predictRegretOf, type PredictedRegret } from "./recommendation/predicted-regret.ts";
export { compareWithMeasured, measuredAt, type MeasuredLoss, type ProofComparison } from "./recommendation/proof.ts";
export {
  recommendValue,
  type Recommendation,
  type RecommendationResult,
  type RecommendOptions,
  type WithheldRecommendation,
} from "./recommendation/recommend.ts";
export { predictTarget, type TargetPrediction } from "./recommendation/target-prediction.ts";

// Did the trainer use what was resolved, and is a target like its proxies?
export { scheduleFactor } from "./numerics/schedule-factor.ts";
export { compareProxyWithTarget, type SettingDifference, type TrainingSetting } from "./verification/proxy-target.ts";
export type { Finding, LoggedPoint, RunVerification } from "./verification/run-verification.ts";
export { verifyRun, type VerifyOptions } from "./verification/verify-run.ts";

// Do sizes and changes of activations stay the same over width or depth?
export {
  checkCoordinates,
  defaultCoordinateBounds,
  type CoordinateCheckInput,
  type MeasuredCoordinate,
} from "./coordinate-check/check-coordinates.ts";
export type {
  CoordinateBounds,
  CoordinateCheck,
  CoordinateModule,
  CoordinateRow,
  CoordinateSlope,
  CoordinateVerdict,
} from "./coordinate-check/coordinate-check.ts";

// Laws, fits and what they say of larger runs. A fit is asked by its law, its rows and its search coordinates.
export { findLaw, laws } from "./laws/index.ts";
export type { Columns, Law, LawParameter, LawVariable, PublishedConstants } from "./laws/contract.ts";
export type { FitResult, FitRows, FittedParameter, Objective, SearchSettings } from "./fits/contract.ts";
export { fitLaw, type FitOptions } from "./fits/fit-law.ts";
export { reportFit, type FitReport, type FitReportOptions } from "./fits/fit-report.ts";
export { fromCoordinate, toCoordinate } from "./fits/coordinates.ts";
export { logBudgets } from "./fits/log-budgets.ts";
export { selectRows } from "./fits/row-selection.ts";
export { predictOutput, toNatural } from "./fits/output-scale.ts";

// How sure a fit is: of its parameters, and of runs that it has not seen.
export { prepareFit, type PreparedFit } from "./fits/prepared-fit.ts";
export { bootstrapFits, bootstrapInterval, drawValues, type BootstrapDraws, type BootstrapOptions } from "./fits/bootstrap.ts";
export { assessIdentifiability, type Identifiability, type Ridge } from "./fits/identifiability.ts";
export { testConstants, type ConstantsTest } from "./fits/constants-test.ts";
export { calibratedForecast, type CalibratedForecast, type PlaceIntervals } from "./fits/calibration/forecast.ts";

// How a law splits compute between model size and tokens, with intervals over the draws of a bootstrap.
export { allocateCompute, computeSplitter, type Allocation, type ComputeSplitter } from "./fits/allocation.ts";
export { placeAllocation, type AllocationPlace, type DrawnSplits, type Estimate } from "./fits/allocation-intervals.ts";
export { isoflopReadings, type IsoflopOutcome, type IsoflopReadings } from "./fits/isoflop/readings.ts";

// Results as Plotly figures in plain JSON.
export { coordinateCheckFigure } from "./figures/coordinate-check-figure.ts";
export { lossBasinFigure } from "./figures/loss-basin-figure.ts";
export { figureThemes, type FigureOptions, type FigureTheme, type PlotlyFigure } from "./figures/plotly-figure.ts";
export { proofFigure, type ProofFigureOptions } from "./figures/proof-figure.ts";
export { transferFigure } from "./figures/transfer-figure.ts";

// Results as Plotly figures: laws as they were fitted, and the readings that the figures are drawn from.
export { allocationFigure } from "./figures/allocation-figure.ts";
export { isoflopFigure } from "./figures/isoflop-figure.ts";
export { lawCurveFigure } from "./figures/law-curve-figure.ts";
export { profileFigure } from "./figures/profile-figure.ts";
export { residualFigure } from "./figures/residual-figure.ts";
export { readAllocationFrontier, type AllocationFrontier, type PlannedAllocation } from "./fits/readings/allocation-frontier.ts";
export { openFittedRows, type FittedRows, type RowPart } from "./fits/readings/fitted-rows.ts";
export { readIsoflopProfiles, type IsoflopProfile, type IsoflopProfiles } from "./fits/readings/isoflop-profiles.ts";
export { readLawCurves, type LawCurveOptions, type LawCurves } from "./fits/readings/law-curves.ts";
export { readLawResiduals, type LawResiduals } from "./fits/readings/law-residuals.ts";
export { readParameterProfiles, type ParameterProfile } from "./fits/readings/parameter-profiles.ts";
