import { execFileSync } from "node:child_process";
import { chromiumOrReason } from "./browser.ts";

/** Python with nbclient, as `LADDER_PYTHON` or on the PATH. */
export const python = process.env["LADDER_PYTHON"] ?? "python3";

/** Why a test cannot run here, or null. With `LADDER_REQUIRE_ALL=1` a missing piece is a failure, not a skip. */
export async function missingForBrowser(): Promise<string | null> {
  const found = await chromiumOrReason();
  return required("missing" in found ? found.missing : null);
}

export function missingForNotebook(): string | null {
  try {
    execFileSync(python, ["-c", "import nbclient, nbconvert"], { stdio: "ignore" });
    return null;
  } catch {
    return required(`${python} has no nbclient and nbconvert`);
  }
}

function required(reason: string | null): string | null {
  if (reason !== null && process.env["LADDER_REQUIRE_ALL"] === "1") throw new Error(`LADDER_REQUIRE_ALL is set, but ${reason}`);
  return reason;
}
