import { type Browser, chromium } from "playwright-core";
import { type ChromiumProgram, findChromium } from "../../infra/chromium/find-chromium.ts";
import { readSettings } from "../../infra/settings.ts";

/** The Chromium that Ladder itself would draw with; a reason when there is none. */
export async function chromiumOrReason(): Promise<ChromiumProgram | { readonly missing: string }> {
  try {
    return await findChromium(readSettings());
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** Starts it. @throws LadderError unavailable CHROMIUM_NOT_FOUND when there is none */
export async function launchChromium(): Promise<Browser> {
  const { path, args } = await findChromium(readSettings());
  return chromium.launch({ executablePath: path, args: ["--no-sandbox", ...args] });
}
