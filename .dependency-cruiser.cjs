/** The floors of the house: arrows only go down, and nowhere in circles. Run by `npm run depcruise` and by a test. */
const to = (path) => ({ path });
module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "analysis-is-the-ground",
      severity: "error",
      from: to("^analysis/"),
      to: to("^(infra|activities|workflows|operations|cli|web|trainers|test|bench|scripts)/"),
    },
    { name: "analysis-is-pure", severity: "error", from: to("^analysis/"), to: { dependencyTypes: ["core"] } },
    { name: "study-imports-no-room", severity: "error", from: to("^analysis/study/"), to: to("^analysis/(?!study/)") },
    { name: "numerics-imports-study-only", severity: "error", from: to("^analysis/numerics/"), to: to("^analysis/(?!study/|numerics/)") },
    {
      name: "parametrizations-import-study-and-numerics",
      severity: "error",
      from: to("^analysis/parametrizations/"),
      to: to("^analysis/(?!study/|numerics/|parametrizations/)"),
    },
    {
      name: "search-imports-parametrizations",
      severity: "error",
      from: to("^analysis/search/"),
      to: to("^analysis/(?!study/|numerics/|parametrizations/|search/)"),
    },
    {
      name: "transfer-imports-fits",
      severity: "error",
      from: to("^analysis/transfer/"),
      to: to("^analysis/(?!study/|numerics/|fits/|laws/|transfer/)"),
    },
    {
      name: "verification-imports-study-and-numerics",
      severity: "error",
      from: to("^analysis/verification/"),
      to: to("^analysis/(?!study/|numerics/|verification/)"),
    },
    {
      name: "coordinate-check-imports-search-and-parametrizations",
      severity: "error",
      from: to("^analysis/coordinate-check/"),
      to: to("^analysis/(?!study/|numerics/|parametrizations/|search/|coordinate-check/)"),
    },
    {
      name: "infra-imports-analysis",
      severity: "error",
      from: to("^infra/"),
      to: to("^(activities|workflows|operations|cli|web|trainers|test|bench|scripts)/"),
    },
    {
      name: "activities-import-infra",
      severity: "error",
      from: to("^activities/"),
      to: to("^(workflows|operations|cli|web|trainers|test|bench|scripts)/"),
    },
    {
      name: "workflows-import-types-and-states",
      severity: "error",
      from: to("^workflows/"),
      to: to("^(infra|operations|cli|web|trainers|test|bench|scripts)/|^analysis/(?!study/)"),
    },
    {
      name: "workflows-import-activities-as-types",
      severity: "error",
      from: to("^workflows/"),
      to: { path: "^activities/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "operations-import-workflow-types",
      severity: "error",
      from: to("^operations/"),
      to: { path: "^workflows/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "operations-stay-below-the-doors",
      severity: "error",
      from: to("^operations/"),
      to: to("^(activities|cli|web|trainers|test|bench|scripts)/"),
    },
    {
      name: "cli-calls-operations",
      severity: "error",
      from: { path: "^cli/", pathNot: "^cli/(worker|worker-.*)\\.ts$" },
      to: to("^(activities|workflows|trainers|test|bench|scripts)/"),
    },
    {
      name: "reference-trainer-knows-the-contract",
      severity: "error",
      from: to("^trainers/reference/"),
      to: to("^(infra|activities|workflows|operations|cli|web|test|bench|scripts)/|^analysis/(?!study/|numerics/)"),
    },
    {
      name: "only-settings-reads-the-environment-config",
      severity: "error",
      from: { pathNot: "^infra/settings\\.ts$|^infra/temporal/|^test/" },
      to: to("@temporalio/envconfig"),
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/|\\.as\\.ts$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"], conditionNames: ["import", "node", "default", "types"] },
  },
};
