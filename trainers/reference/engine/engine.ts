import { readFileSync } from "node:fs";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { type Address, isKernels, type Kernels } from "./kernels.ts";

/** Kernels and the one memory in which every tensor of a run lies. */
export interface Engine {
  readonly kernels: Kernels;
  /** Zeroed room for `length` 4-byte numbers, 16-byte aligned, padded to a multiple of four. */
  readonly allocate: (length: number) => Address;
  /** A view of f32 numbers; stale after the next `allocate`. */
  readonly floats: (address: Address, length: number) => Float32Array;
  /** A view of i32 numbers; stale after the next `allocate`. */
  readonly integers: (address: Address, length: number) => Int32Array;
}

const pageBytes = 65536;
/** A 32-bit memory ends here. */
const maximumPages = 65536;

/**
 * Compiles the kernels and starts with an empty memory. One engine serves one run; it grows with what is allocated.
 *
 * @throws LadderError `unavailable` NO_WEBASSEMBLY when Node runs without WebAssembly (`--jitless`)
 */
export async function createEngine(): Promise<Engine> {
  if (typeof WebAssembly === "undefined")
    throw new LadderError("unavailable", "NO_WEBASSEMBLY", "this Node has no WebAssembly, which the reference trainer computes with", {
      hint: "run node without --jitless",
    });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages });
  const binary = readFileSync(new URL("../kernels/kernels.wasm", import.meta.url));
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
  const { exports } = instance;
  if (!isKernels(exports))
    throw new LadderError("defect", "KERNELS_INCOMPLETE", "kernels.wasm lacks a kernel that this trainer calls", {
      hint: "npm run kernels",
    });

  let free = exports.firstFreeAddress();
  const engine: Engine = {
    kernels: exports,
    allocate: (length) => {
      const address = Math.ceil(free / 16) * 16;
      const end = address + Math.ceil(length / 4) * 16;
      const missingPages = Math.ceil(end / pageBytes) - memory.buffer.byteLength / pageBytes;
      if (missingPages > 0) growMemory(memory, missingPages, end);
      free = end;
      return address;
    },
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
    integers: (address, length) => new Int32Array(memory.buffer, address, length),
  };
  exports.setWorkspace(engine.allocate(workspaceLength(exports)));
  return engine;
}

/** Floats of workspace that matrixMultiply asks for: the module's global `workspaceBytes`. */
function workspaceLength(exports: object): number {
  const global: unknown = new Map<string, unknown>(Object.entries(exports)).get("workspaceBytes");
  if (!(global instanceof WebAssembly.Global) || typeof global.value !== "number")
    throw new LadderError("defect", "KERNELS_INCOMPLETE", "kernels.wasm does not say how much workspace it needs", {
      hint: "npm run kernels",
    });
  return global.value / 4;
}

function growMemory(memory: WebAssembly.Memory, pages: number, bytes: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    throw new LadderError(
      "unavailable",
      "OUT_OF_MEMORY",
      `this run needs more than ${(bytes / 2 ** 30).toFixed(2)} GiB of memory and cannot get it`,
      {
        hint: "the reference trainer holds at most 4 GiB: use a smaller width, depth or batch",
        cause,
      },
    );
  }
}
