import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cruise, type ICruiseOptions, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const configuration = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as IConfiguration;
const rooms = ["analysis", "infra", "activities", "workflows", "operations", "cli", "trainers"];

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules/"));
}

describe("the house has floors, and arrows only go down", () => {
  let result: ICruiseResult;

  beforeAll(async () => {
    const options: ICruiseOptions = {
      ...configuration.options,
      baseDir: root,
      ruleSet: { forbidden: configuration.forbidden ?? [] },
      validate: true,
    };
    const { output } = await cruise(rooms, options);
    if (typeof output === "string") throw new Error(output);
    result = output;
  }, 60_000);

  it("breaks no rule of .dependency-cruiser.cjs", () => {
    const broken = result.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`);
    expect(broken).toEqual([]);
  });

  it("was really looked at: every room has modules and imports that resolve", () => {
    for (const room of rooms)
      expect(result.modules.filter((module) => module.source.startsWith(`${room}/`)).length, room).toBeGreaterThan(0);
    const unresolved = result.modules.flatMap((module) =>
      module.dependencies
        .filter((dependency) => dependency.couldNotResolve && dependency.module.startsWith("."))
        .map((dependency) => `${module.source} -> ${dependency.module}`),
    );
    expect(unresolved).toEqual([]);
  });
});

describe("rooms stay small and well named", () => {
  const files = [...rooms, "test", "bench"].flatMap(sourceFiles);

  it("has no file that is a dump", () => {
    const badNames = files.filter(
      (file) => /(^|\/)(utils?|helpers?|common|misc|manager|types)(\.ts$|\/)/.test(file) && !file.startsWith("test/types/"),
    );
    expect(badNames).toEqual([]);
  });

  it("has no file above 400 lines", () => {
    const long = files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 400);
    expect(long).toEqual([]);
  });

  it("names files in kebab case", () => {
    const odd = files.filter((file) => !/^[a-z0-9-]+(\.(test|test-d|as|d))?\.ts$/.test(file.slice(file.lastIndexOf("/") + 1)));
    expect(odd).toEqual([]);
  });

  it("silences neither the compiler nor the linter", () => {
    const silencers = /@ts-(ignore|expect-error|nocheck)|eslint-disable|\bas any\b|: any\b/;
    const silenced = files.filter(
      (file) => !file.endsWith(".as.ts") && !file.endsWith("floors.test.ts") && silencers.test(readFileSync(join(root, file), "utf8")),
    );
    expect(silenced).toEqual([]);
  });
});
