import { defineConfig } from "vitest/config";

/** The tiers: everything in `quick` needs no server and ends in 30 seconds, fits of public data need none either; the rest starts real ones. */
const quick = ["unit", "property", "contract", "golden", "figures", "architecture"];
const computed = [...quick, "published"];
/**
 * Files of a tier that run at a time. Integration files have servers and ports of their own and mostly wait, so two of
 * them share the cores; faults and the demo have the machine for themselves.
 */
const real = { cli: 1, replay: 1, fault: 1, browser: 1, integration: 2 };

export default defineConfig({
  test: {
    projects: [
      ...computed.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          environment: "node" as const,
          testTimeout: 20_000,
          isolate: false,
          maxWorkers: 2,
        },
      })),
      ...Object.entries(real).map(([name, maxWorkers]) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          environment: "node" as const,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers,
          // Tiers run one after another.
          sequence: { groupOrder: maxWorkers },
          pool: "forks" as const,
        },
      })),
      {
        test: {
          name: "types",
          include: [],
          maxWorkers: 2,
          typecheck: { enabled: true, only: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "test/tsconfig.json" },
        },
      },
    ],
  },
});
