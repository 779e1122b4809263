import tseslint from "typescript-eslint";

/** Arithmetic whose bits differ between engines, clocks and ambient randomness: banned where results are stored. */
const irreproducible = [
  { selector: "BinaryExpression[operator='**']", message: "`**` differs between engines: use pow of analysis/numerics/elementary.ts" },
  {
    selector: "AssignmentExpression[operator='**=']",
    message: "`**=` differs between engines: use pow of analysis/numerics/elementary.ts",
  },
  {
    selector:
      "MemberExpression[object.name='Math'][property.name=/^(exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot|random)$/]",
    message: "this function differs between engines: use analysis/numerics/elementary.ts (or a RandomStream)",
  },
  {
    selector: "NewExpression[callee.name='Date'], MemberExpression[object.name='Date']",
    message: "analysis has no clock: take the time as an argument",
  },
];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "**/*.as.ts", "notebooks/", "**/*.cjs", "coverage/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["vitest.config.ts"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "max-lines": ["error", { max: 400, skipComments: false }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
    },
  },
  {
    files: ["analysis/**/*.ts"],
    ignores: ["analysis/numerics/elementary.ts"],
    rules: { "no-restricted-syntax": ["error", ...irreproducible] },
  },
  {
    files: ["**/*.ts"],
    ignores: ["infra/settings.ts", "test/**", "bench/**", "vitest.config.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "infra/settings.ts is the only reader of the environment" },
      ],
    },
  },
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-floating-promises": "error" } },
);
