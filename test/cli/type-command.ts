import { type CommandLineHost, runCommandLine } from "../../cli/program.ts";
import { readSettings } from "../../infra/settings.ts";
import { ladderVersion } from "../../operations/ladder-version.ts";
import { recordingStreams } from "../unit/cli/recording-streams.ts";

export interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Types a command: 80 columns, no colour, no terminal, an empty environment. */
export function typeCommand(...words: readonly string[]): Promise<Typed> {
  return typeCommandWith({}, ...words);
}

/** The same with another environment. */
export async function typeCommandWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Typed> {
  const streams = recordingStreams();
  const host: CommandLineHost = {
    streams,
    readSettings: () => readSettings(environment, "/nowhere"),
    interrupted: new AbortController().signal,
    version: ladderVersion(),
  };
  const code = await runCommandLine(words, host);
  return { code, ...streams.read() };
}
