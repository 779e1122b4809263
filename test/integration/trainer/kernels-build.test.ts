import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("the committed kernels.wasm is what its sources build, byte for byte", () => {
  const kernels = fileURLToPath(new URL("../../../trainers/reference/kernels/", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "ladder-kernels-"));
  try {
    const rebuilt = join(folder, "kernels.wasm");
    execFileSync(process.execPath, [join(kernels, "build.mjs"), rebuilt], { stdio: "pipe" });
    expect(readFileSync(rebuilt).equals(readFileSync(join(kernels, "kernels.wasm")))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
