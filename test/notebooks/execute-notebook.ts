import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { python } from "../browser/requirements.ts";

const root = join(import.meta.dirname, "../..");

/**
 * Executes a notebook headless, on the Deno kernel of node_modules with nbclient; Python needs nbconvert for it.
 *
 * @param path the notebook; it stays as it is
 * @param folder the executed one is written here
 * @param environment for the kernel, beside this process's own
 * @returns path of the executed notebook
 * @throws Error with what the cell that failed has said
 */
export function executeNotebook(path: string, folder: string, environment: Readonly<Record<string, string>> = {}): string {
  const kernel = join(folder, "jupyter/kernels/deno");
  mkdirSync(kernel, { recursive: true });
  const deno = join(root, "node_modules/.bin/deno");
  writeFileSync(
    join(kernel, "kernel.json"),
    JSON.stringify({ argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"], display_name: "Deno", language: "typescript" }),
  );
  const options = ["--execute", "--ExecutePreprocessor.timeout=300", "--ExecutePreprocessor.record_timing=False"];
  convert(path, folder, "notebook", options, { JUPYTER_PATH: join(folder, "jupyter"), ...environment });
  return join(folder, basename(path));
}

/** A page with the outputs that a notebook has. @returns its path */
export function notebookPage(path: string, folder: string): string {
  convert(path, folder, "html", [], {});
  return join(folder, `${basename(path, ".ipynb")}.html`);
}

function convert(
  path: string,
  folder: string,
  to: "notebook" | "html",
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): void {
  const { status, stderr } = spawnSync(python, ["-m", "nbconvert", "--to", to, ...options, "--output-dir", folder, path], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`${basename(path)} does not become a ${to}:\n${stderr}`);
}
