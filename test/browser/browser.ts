import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const systemBrowsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A real Chromium: the system's, else the one that comes from npm; a reason when there is none. */
export async function findChromium(): Promise<{ readonly path: string; readonly args: readonly string[] } | { readonly missing: string }> {
  const system = systemBrowsers.find((path) => existsSync(path));
  if (system !== undefined) return { path: system, args: ["--no-sandbox"] };
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    return { path: await packaged.executablePath(), args: packaged.args };
  } catch (error) {
    return { missing: `no Chromium: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Starts it. @throws when none is found */
export async function launchChromium(): Promise<Browser> {
  const found = await findChromium();
  if ("missing" in found) throw new Error(found.missing);
  return chromium.launch({ executablePath: found.path, args: [...found.args] });
}
