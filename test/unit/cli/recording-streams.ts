import type { OutputStreams } from "../../../cli/output.ts";

/** Streams that keep what is written: 80 columns, no colour, no terminal unless asked for. */
export function recordingStreams(
  options: { readonly isTerminal?: boolean; readonly answer?: boolean; readonly columns?: number } = {},
): OutputStreams & { readonly read: () => { readonly out: string; readonly err: string } } {
  let out = "";
  let err = "";
  return {
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    columns: options.columns ?? 80,
    isTerminal: options.isTerminal ?? false,
    color: false,
    ask: () => Promise.resolve(options.answer ?? false),
    read: () => ({ out, err }),
  };
}
