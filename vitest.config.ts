import { defineConfig } from "vitest/config";

/** The tiers: everything in `quick` needs no server and ends in 30 seconds; the rest starts real ones. */
const quick = ["unit", "property", "contract", "golden", "figures", "architecture"];
const real = ["cli", "integration", "replay", "fault", "browser"];

export default defineConfig({
  test: {
    projects: [
      ...quick.map((name) => ({
        test: { name, include: [`test/${name}/**/*.test.ts`], environment: "node" as const, testTimeout: 20_000 },
      })),
      ...real.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          environment: "node" as const,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Real servers and real trainings share two cores: files run one after another.
          fileParallelism: false,
          pool: "forks" as const,
        },
      })),
      {
        test: {
          name: "types",
          include: [],
          typecheck: { enabled: true, only: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "test/tsconfig.json" },
        },
      },
    ],
  },
});
