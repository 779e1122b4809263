import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { identifyProcess, terminateGroup } from "../processes.ts";
import type { Environment } from "../settings.ts";
import { type DevtoolsConnection, connectDevtools } from "./devtools-connection.ts";
import type { ChromiumProgram } from "./find-chromium.ts";

/** An empty page of a browser without a window and without a network. */
export interface BrowserPage {
  /**
   * Runs a script in the page, and waits for the promise that it may give.
   *
   * @returns its value, which must be plain JSON
   * @throws LadderError unavailable CHROMIUM_FAILED with what the page threw
   */
  evaluate(script: string): Promise<unknown>;
}

export interface BrowserOptions {
  /** What the browser is given; its HOME is a folder of its own. */
  readonly environment: Environment;
  /** Ends the browser and throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, start and end included. */
  readonly timeoutMilliseconds: number;
}

const args = [
  "--headless",
  "--remote-debugging-pipe",
  // Its sandbox is refused to root and in most containers. The page has no network and only ever sees our own figures.
  "--no-sandbox",
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--disable-background-networking",
  "--disable-component-update",
  // Its crash handler has a process group of its own, and would outlive ours for a while.
  "--disable-crashpad-for-testing",
  "--disable-dev-shm-usage",
  "--disable-extensions",
  "--disable-gpu",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
  "--hide-scrollbars",
  "--mute-audio",
  "--no-default-browser-check",
  "--no-first-run",
] as const;

/**
 * Starts a browser, gives its page to `use`, and ends it whatever happens: it leads a process group, which is ended as a whole, and it ends
 * by itself when this process is gone, for its pipe is closed then.
 *
 * @throws LadderError unavailable CHROMIUM_FAILED when it does not start, breaks down or takes too long; what `use` throws; the reason of
 *   the signal
 */
export async function withBrowserPage<Result>(
  program: ChromiumProgram,
  options: BrowserOptions,
  use: (page: BrowserPage) => Promise<Result>,
): Promise<Result> {
  options.signal?.throwIfAborted();
  const profile = await mkdtemp(join(tmpdir(), "ladder-chromium-"));
  try {
    const child = spawn(program.path, [...args, ...program.args, `--user-data-dir=${profile}`], {
      env: { ...options.environment, HOME: profile },
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    try {
      return await withDeadline(child, program, options, async () => use(await openPage(connectionOf(child))));
    } finally {
      await endBrowser(child);
    }
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function connectionOf(child: ChildProcess): DevtoolsConnection {
  const [, , , input, output] = child.stdio;
  if (!(input instanceof Socket) || !(output instanceof Socket)) throw new LadderError("defect", "PIPE_MISSING", "the browser has no pipe");
  return connectDevtools(input, output);
}

async function openPage(connection: DevtoolsConnection): Promise<BrowserPage> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
  return {
    evaluate: async (expression) => {
      const parameters = { expression, awaitPromise: true, returnByValue: true };
      const answer = await connection.send("Runtime.evaluate", parameters, String(sessionId));
      return pageValue(answer);
    },
  };
}

function pageValue(answer: Readonly<Record<string, unknown>>): unknown {
  const { result, exceptionDetails } = answer;
  if (exceptionDetails !== undefined)
    throw new LadderError("unavailable", "CHROMIUM_FAILED", `the page threw: ${JSON.stringify(exceptionDetails).slice(0, 500)}`);
  return typeof result === "object" && result !== null && "value" in result ? result.value : undefined;
}

/** Races the work against the browser's own end, the deadline and the signal. */
async function withDeadline<Result>(
  child: ChildProcess,
  { path }: ChromiumProgram,
  { signal, timeoutMilliseconds }: BrowserOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  let said = "";
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const failed = (message: string, cause?: unknown): LadderError =>
    new LadderError("unavailable", "CHROMIUM_FAILED", `${path} ${message}`, {
      ...(cause === undefined ? {} : { cause }),
      fields: { program: path, said: said.trim().split("\n").slice(-5) },
      hint: "another one: LADDER_CHROMIUM=/path/to/chrome; HTML and JSON need none: --output figure.html",
    });
  let stop = (): void => undefined;
  const ended = new Promise<LadderError>((resolve) => {
    const timer = setTimeout(() => {
      resolve(failed(`did not draw within ${timeoutMilliseconds / 1000} seconds`));
    }, timeoutMilliseconds);
    const abort = (): void => {
      resolve(failed("was interrupted"));
    };
    child.once("error", (error) => {
      resolve(failed("cannot be started", error));
    });
    child.once("exit", (code, by) => {
      const tell = (): void => {
        resolve(failed(`ended ${by === null ? `with exit code ${code}` : `by ${by}`} before it had drawn`));
      };
      // Its last words may still be under way; a process that it left behind may hold that pipe open.
      child.once("close", tell);
      setTimeout(tell, 200);
    });
    signal?.addEventListener("abort", abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  });
  try {
    const outcome = await Promise.race([work().then((result) => ({ result })), ended]);
    if ("result" in outcome) return outcome.result;
    // Whoever interrupts says why.
    signal?.throwIfAborted();
    throw outcome;
  } finally {
    stop();
  }
}

/** The whole process group, and nothing of it is left when this returns. */
async function endBrowser(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const leader = identifyProcess(child.pid);
  for (const stream of child.stdio) stream?.destroy();
  if (leader !== undefined) await terminateGroup(leader, 1000);
}
