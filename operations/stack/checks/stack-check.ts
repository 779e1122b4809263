import type { Settings } from "../../../infra/settings.ts";

/** What a check found. `fix` is what the user can do; an `ok` needs none. */
export type Finding =
  | { readonly level: "ok"; readonly message: string }
  | { readonly level: "warn" | "fail"; readonly message: string; readonly fix: string };

/** One thing that has to be right for a stack to run: a file in this folder and a line in `index.ts`. */
export interface StackCheck {
  /** Stands at the start of its line. */
  readonly id: string;
  /** Looks, and changes nothing that stays. What it throws is a failed check. */
  run(settings: Settings, signal: AbortSignal): Promise<Finding>;
}

export const ok = (message: string): Finding => ({ level: "ok", message });
export const warn = (message: string, fix: string): Finding => ({ level: "warn", message, fix });
export const fail = (message: string, fix: string): Finding => ({ level: "fail", message, fix });
