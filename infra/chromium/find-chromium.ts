import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { Settings } from "../settings.ts";

/** Names under which a Chromium stands on the PATH. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"] as const;
const applications = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

/** A Chromium that can be started. */
export interface ChromiumProgram {
  readonly path: string;
  /** What this build needs beside the arguments of every Chromium. */
  readonly args: readonly string[];
}

/**
 * Finds a Chromium: the one that `LADDER_CHROMIUM` (or `CHROMIUM`) names, one on the PATH, one that is installed as an application, or the
 * npm package `@sparticuz/chromium` where it is installed.
 *
 * @throws LadderError unavailable CHROMIUM_NOT_FOUND, which says how to get one and what needs none
 */
export async function findChromium({ chromium, environment }: Pick<Settings, "chromium" | "environment">): Promise<ChromiumProgram> {
  if (chromium !== undefined) {
    if (await isProgram(chromium.path)) return { path: chromium.path, args: [] };
    throw notFound(`${chromium.origin} names ${chromium.path}, which is no program`, [chromium.path]);
  }
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...applications];
  for (const path of candidates) if (await isProgram(path)) return { path, args: [] };
  const packaged = await packagedChromium();
  if (packaged !== undefined) return packaged;
  throw notFound("no Chromium was found", [...names]);
}

function notFound(message: string, tried: readonly string[]): LadderError {
  return new LadderError("unavailable", "CHROMIUM_NOT_FOUND", `${message}: SVG and PNG are drawn by one`, {
    fields: { tried },
    hint: "write HTML or JSON, which need none (--output figure.html), or install one: apt-get install chromium, brew install --cask chromium, npm install @sparticuz/chromium; or name it: LADDER_CHROMIUM=/path/to/chrome",
  });
}

/** The npm package unpacks itself into the folder of temporary files at its first use. */
async function packagedChromium(): Promise<ChromiumProgram | undefined> {
  try {
    const { default: packaged } = await import("@sparticuz/chromium");
    const path = await packaged.executablePath();
    // That folder is everybody's: a program that somebody else left there is not run.
    return (await stat(path)).uid === process.getuid?.() ? { path, args: packaged.args } : undefined;
  } catch {
    return undefined;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
