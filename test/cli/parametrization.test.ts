import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { tensorQuantities } from "../../analysis/parametrizations/contract.ts";
import { parametrizationDefinitions } from "../../analysis/parametrizations/index.ts";
import { loadParametrizationCommand } from "../../cli/commands/parametrization.ts";
import { typeCommand } from "./type-command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-parametrization-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Types `ladder parametrization …`, words parted by spaces. */
function type(line: string) {
  return typeCommand("parametrization", ...line.split(" "));
}

function snapshot(text: string, name: string): Promise<void> {
  expect(text.split("\n").filter((line) => Array.from(line).length > 80)).toEqual([]);
  return expect(text).toMatchFileSnapshot(`__snapshots__/parametrization-${name}.txt`);
}

const scales = "--base width=256,depth=4 --scale width=4096,depth=32";

describe("at 80 columns without colour", () => {
  it.each([
    ["table-factors", `table --name mup ${scales}`],
    ["table-values", `table --name mup ${scales} --learning-rate 0.01 --weight-decay 0.1 --epsilon 1e-8 --init-std 1`],
    ["table-base", "table --name mup --base width=256 --scale width=256"],
    ["table-unit-scaling", `table --name u-mup ${scales}`],
    ["table-damping", `table --name mup --optimizer kfac ${scales}`],
    ["table-tied", `table --name mup ${scales} --model-option tiedEmbeddings=true`],
    ["table-experts", `table --name mup ${scales} --model-option experts=8`],
    ["table-vit", `table --name mup --model vit --base width=192 --scale width=768`],
    ["explain-tensor", `table --name mup ${scales} --learning-rate 0.01 --explain attention.query`],
    ["explain-form", `table --name mup --optimizer shampoo ${scales} --explain readout`],
    ["convert", `convert --name mup --to form3 ${scales}`],
    ["convert-sgd", `convert --name mup --optimizer sgd --to form9 ${scales} --learning-rate 0.1`],
    ["list-one", "list sp"],
  ])("%s", async (name, line) => {
    const { code, out, err } = await type(line);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await snapshot(out, name);
  });

  it.each([
    ["diff", `diff sp mup ${scales}`, 10],
    ["diff-munit", "diff munit u-mup --base width=256 --scale width=4096", 10],
    ["diff-equal", `diff mup mup:form=3 ${scales} --form form8`, 0],
    ["diff-absolute", `diff mup mup:attention=inverse ${scales} --absolute`, 10],
  ] as const)("%s", async (name, line, expected) => {
    const { code, out, err } = await type(line);
    expect({ code, err }).toEqual({ code: expected, err: "" });
    await snapshot(out, name);
  });

  it.each([
    ["error-no-rule", `table --name mup --optimizer galore ${scales}`],
    ["error-family", `table --name munit --optimizer muon ${scales}`],
    ["error-heads", "table --name mup --base width=256,headDimension=64 --scale width=4096"],
    ["error-tied", `table --name munit ${scales} --model-option tiedEmbeddings=true`],
    ["error-rules", `table --name mup:form=7 ${scales}`],
    ["error-axis", "table --name mup --base width=256,hight=4 --scale width=many"],
    ["error-width", "table --name mup"],
    ["error-model-option", `table --name mup ${scales} --model-option heads=3`],
    ["error-hyperparameter", `table --name mup ${scales} --hyperparameter learningrate=3`],
    ["error-form", `convert --name mup --to form4 ${scales}`],
    ["error-base-shapes", `table --name mup ${scales} --model model.bsh`],
    ["error-export", `export --name mup ${scales}`],
  ])("%s", async (name, line) => {
    const { code, out, err } = await type(line);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    await snapshot(err, name);
  });

  it("an optimizer without a rule is swept, not transferred", async () => {
    for (const optimizer of ["galore", "gravity", "mezo", "lamb"]) {
      const { code, err } = await type(`table --name mup --optimizer ${optimizer} ${scales}`);
      expect(code).toBe(2);
      expect(err.replaceAll(/\s+/g, " ")).toMatch(/no rule: .*swept, not transferred/);
    }
  });

  it("a tensor that the model does not have is missing", async () => {
    expect((await type(`table --name mup ${scales} --explain nothing`)).code).toBe(3);
  });
});

describe("list", () => {
  it("shows every definition, in full on demand, never wider than 80 columns", async () => {
    const { out } = await type("list");
    for (const { id } of parametrizationDefinitions) {
      expect(out).toContain(`  ${id} `);
      const one = await type(`list ${id}`);
      expect(one.code).toBe(0);
      for (const line of [...out.split("\n"), ...one.out.split("\n")]) expect(Array.from(line).length).toBeLessThanOrEqual(80);
    }
  });

  it("says of every option its default, what is allowed and who holds which reading", async () => {
    const listed = z
      .array(
        z.looseObject({
          id: z.string(),
          optimizers: z.looseObject({ withoutRule: z.array(z.string()) }),
          options: z.array(z.looseObject({ source: z.string() })),
        }),
      )
      .parse(JSON.parse((await type("list --json")).out));
    expect(listed.map(({ id }) => id)).toEqual(parametrizationDefinitions.map(({ id }) => id));
    for (const { optimizers } of listed)
      expect(optimizers.withoutRule).toEqual(expect.arrayContaining(["galore", "gravity", "mezo", "lamb"]));
  });

  it("is names with -o name", async () => {
    expect((await type("list -o name")).out.trim().split("\n")).toEqual(parametrizationDefinitions.map(({ id }) => id));
  });
});

const quantity = z.strictObject({ value: z.number().nullable(), factor: z.number(), shown: z.number().optional() });
const tableSchema = z.looseObject({
  isBase: z.boolean(),
  tensors: z.array(z.looseObject({ name: z.string(), ...Object.fromEntries(tensorQuantities.map((name) => [name, quantity])) })),
  operations: z.looseObject({ residualBlocks: z.array(z.unknown()) }),
  explanations: z.looseObject({ tensors: z.array(z.unknown()), operations: z.array(z.unknown()) }).optional(),
});

describe("as JSON", () => {
  it("a table has every tensor with value and factor", async () => {
    const { out } = await type(`table --name mup ${scales} --learning-rate 0.01 --explain --json`);
    const table = tableSchema.parse(JSON.parse(out));
    expect(table.tensors).toHaveLength(3 + 32 * 6);
    expect(table.operations.residualBlocks).toHaveLength(64);
    expect(table.tensors.find(({ name }) => name === "blocks.31.attention.key")).toMatchObject({
      learningRate: { value: 0.000625, factor: 0.0625 },
      weightDecay: { value: null, factor: 16, shown: 16 },
      initStd: { value: null, factor: 0.25 },
    });
    expect(table.explanations?.tensors).toHaveLength(3);
  });

  it("a conversion has t and both numbers, a comparison its differences", async () => {
    const converted: unknown = JSON.parse((await type(`convert --name mup --to form3 ${scales} --json`)).out);
    expect(converted).toMatchObject({
      form: { id: "form3" },
      tensors: expect.arrayContaining([expect.objectContaining({ name: "readout" })]) as unknown,
    });
    const compared = await type("diff munit u-mup --base width=256 --scale width=4096 --json");
    expect(JSON.parse(compared.out)).toMatchObject({
      equal: false,
      differences: [
        { tensors: ["tokenEmbedding"], quantity: "learningRate", left: { value: 1 }, right: { value: 0.25 } },
        { tensors: ["positionEmbedding"], quantity: "learningRate" },
      ],
    });
  });

  it("an error is JSON on standard error, with both readings of a head layout", async () => {
    const { err } = await type("table --name mup --base width=256,headDimension=64 --scale width=4096 --json");
    expect(JSON.parse(err)).toMatchObject({
      error: { code: "HEAD_LAYOUT_AMBIGUOUS", fields: { readings: { sameSize: 64, sameNumber: 1024 } } },
    });
  });
});

describe("a model of one's own", () => {
  it("has every guess shown with its reason", async () => {
    const shapes = (width: number) => ({
      "wte.weight": [100, width],
      "h.0.mlp.c_fc.weight": [4 * width, width],
      "h.1.mlp.c_fc.weight": [4 * width, width],
      "ln_f.weight": [width],
      "lm_head.weight": [100, width],
    });
    const [wide, narrow] = [join(folder, "wide.json"), join(folder, "narrow.json")];
    await writeFile(wide, JSON.stringify(shapes(128)));
    await writeFile(narrow, JSON.stringify(shapes(32)));
    const { code, out, err } = await type(`table --name mup --model ${wide} --base-model ${narrow}`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.replaceAll(/\s+/g, " ")).toContain(`${wide} (roles guessed from shapes at the base)`);
    // The header has a path, whose length is this machine's.
    await snapshot(out.slice(out.indexOf("TENSOR")), "guessed");
  });
});

describe("export", () => {
  const groupsSchema = z.looseObject({
    format: z.literal("ladder-param-groups"),
    version: z.literal(1),
    groups: z.array(
      z.strictObject({
        name: z.string(),
        optimizer: z.string(),
        lr: z.number(),
        weight_decay: z.number(),
        eps: z.number(),
        params: z.array(z.string()),
      }),
    ),
    tensors: z.array(
      z.looseObject({ name: z.string(), init_std: z.number(), forward_multiplier: z.number(), backward_multiplier: z.number() }),
    ),
  });
  const line = "export --name mup --optimizer adamw --base width=256 --scale width=1024 --learning-rate 0.01 --weight-decay 0.1 --output";

  it("has every tensor in one group, and one value a group", async () => {
    const file = join(folder, "groups.json");
    expect(await type(`${line} ${file}`)).toMatchObject({ code: 0, out: `3 groups of 27 tensors written to ${file}\n` });
    const { groups, tensors } = groupsSchema.parse(JSON.parse(await readFile(file, "utf8")));
    expect(groups.flatMap(({ params }) => params).sort()).toEqual(tensors.map(({ name }) => name).sort());
    expect(groups.map(({ name, lr, weight_decay }) => [name, lr, weight_decay])).toEqual([
      ["input", 0.01, 0.1],
      ["hidden", 0.0025, 0.4],
      ["output", 0.01, 0.1],
    ]);
  });

  it("is read by the Python of its page", async (context) => {
    const python = spawnSync("python3", ["--version"]).status === 0;
    if (!python && process.env["LADDER_REQUIRE_ALL"] === "1") throw new Error("LADDER_REQUIRE_ALL is set and there is no python3");
    if (!python) context.skip("there is no python3");
    const file = join(folder, "for-python.json");
    await type(`${line} ${file}`);
    const page = await readFile(new URL("../../docs/param-groups.md", import.meta.url), "utf8");
    const snippet = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const names = groupsSchema.parse(JSON.parse(await readFile(file, "utf8"))).tensors.map(({ name }) => name);
    const run = (known: readonly string[]) =>
      spawnSync("python3", [
        "-c",
        `${snippet}\nimport sys\ngroups = param_groups(sys.argv[1], [(name, name.upper()) for name in sys.argv[2].split()])\nprint(json.dumps(groups))`,
        file,
        known.join(" "),
      ]);
    const groups = z
      .array(z.looseObject({ name: z.string(), lr: z.number(), params: z.array(z.string()) }))
      .parse(JSON.parse(run(names).stdout.toString()));
    expect(groups.map(({ name, lr, params }) => [name, lr, params.length])).toEqual([
      ["input", 0.01, 2],
      ["hidden", 0.0025, 24],
      ["output", 0.01, 1],
    ]);
    expect(run(names.slice(1)).stderr.toString()).toContain("only in one of the two: ['tokenEmbedding']");
  });

  it("says where a file cannot be written", async () => {
    expect(await type(`${line} ${join(folder, "absent", "groups.json")}`)).toMatchObject({
      code: 6,
      err: expect.stringContaining("cannot be written") as unknown,
    });
  });
});

describe("help", () => {
  it("is shown for the verb alone with exit code 2, and suggests a verb below it", async () => {
    const alone = await typeCommand("parametrization");
    expect(alone).toMatchObject({ code: 2, out: "" });
    expect(alone.err).toContain("Usage: ladder parametrization VERB");
    expect((await type("tabel")).err).toContain("Did you mean table? See ladder parametrization --help");
    expect((await type("table --name")).err).toContain("see ladder parametrization table --help");
  });

  it("has examples that run", async () => {
    const command = await loadParametrizationCommand(undefined);
    const examples = [command, ...(command.subcommands ?? [])].flatMap((found) => found.examples.map(([line]) => line));
    for (const example of examples) {
      const [ladder, verb = "", ...words] = example.replace("groups.json", join(folder, "example.json")).split(" ");
      expect(ladder).toBe("ladder");
      const { code, err } = await typeCommand(verb, ...words);
      expect({ example, code, err }).toEqual({ example, code: words[0] === "diff" ? 10 : 0, err: "" });
    }
  });
});
