import { defineConfig } from "vitest/config";

/**
 * Folders of the quick tier, `unit`: they need no server and end in 30 seconds, in one set of workers that loads every module once.
 * `published` (fits of public data) and `simulated` (what intervals really hold, on thousands of planted sets; whole searches) need no server either;
 * the rest starts real ones.
 */
const quick = ["unit", "property", "contract", "golden", "figures", "architecture"];
/** Contract suites that play whole searches. */
const played = ["contract/search", "contract/searchers"];
/**
 * Files of a tier that run at a time. Files of integration and fault have servers and ports of their own and mostly wait, so two of them,
 * or of the command line's, share the cores; the demo, which trains on both, has the machine for itself.
 */
const real = { replay: 1, browser: 1, fault: 2, cli: 2, integration: 2 };

export default defineConfig({
  test: {
    projects: [
      ...Object.entries({ unit: quick, published: ["published"], simulated: ["simulated", ...played] }).map(([name, folders]) => ({
        test: {
          name,
          include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
          exclude: name === "unit" ? played.map((folder) => `test/${folder}/**`) : [],
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
    ],
  },
});
