import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startPythonPeer } from "../python-peer.ts";

/** PyTorch in a process of its own, one thread, answering one request at a time. */
export interface TorchPeer {
  readonly version: string;
  readonly window: (model: "mlp" | "transformer", width: number, steps: number) => Promise<number>;
  readonly stop: () => void;
}

const answerSchema = z.strictObject({ milliseconds: z.number() });

/** Starts the peer; a sentence instead when Python or torch is not there. */
export async function startTorchPeer(): Promise<TorchPeer | string> {
  const peer = await startPythonPeer(fileURLToPath(new URL("torch_peer.py", import.meta.url)));
  if (typeof peer === "string") return peer;
  return {
    version: peer.version,
    window: async (model, width, steps) => answerSchema.parse(await peer.ask({ model, width, steps })).milliseconds,
    stop: peer.stop,
  };
}
