import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";

type Members = Readonly<Record<string, unknown>>;

/** Chromium's DevTools protocol over a pair of pipes: JSON messages, each ended by a zero byte. */
export interface DevtoolsConnection {
  /** Waits for ever when the browser is gone. @throws LadderError unavailable CHROMIUM_FAILED when it refuses the command */
  send(method: string, parameters: Members, sessionId?: string): Promise<Members>;
}

const answerSchema = z.object({
  id: z.int().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});

interface Waiting {
  readonly method: string;
  readonly resolve: (result: Members) => void;
  readonly reject: (error: LadderError) => void;
}

/** @param input the browser reads commands here @param output and answers there */
export function connectDevtools(input: Writable, output: Readable): DevtoolsConnection {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let rest: Buffer[] = [];
  const take = (text: string): void => {
    const { id, result, error } = answerSchema.parse(JSON.parse(text));
    // Messages without an id are events, which nobody here waits for.
    const asked = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || asked === undefined) return;
    waiting.delete(id);
    if (error === undefined) asked.resolve(result ?? {});
    else asked.reject(new LadderError("unavailable", "CHROMIUM_FAILED", `${asked.method}: ${error.message}`));
  };
  output.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
      take(Buffer.concat([...rest, chunk.subarray(from, end)]).toString("utf8"));
      rest = [];
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
  });
  // A pipe breaks when the browser ends, and its end is what tells why.
  for (const stream of [input, output]) stream.on("error", () => undefined);
  return {
    send: (method, parameters, sessionId) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { method, resolve, reject });
        input.write(`${JSON.stringify({ id: last, method, params: parameters, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
      }),
  };
}
