import { type Session, type Settings, withEndpoints, withSession } from "./session.ts";
import { ensureStack } from "./stack/ensure-stack.ts";
import { readLockHolder } from "./stack/stack-lock.ts";
import { stopStack } from "./stack/stop-stack.ts";

/**
 * Reads from the database and leaves the stack as it was found: one that was down is started for this and stopped again.
 *
 * @param onProgress told what is started and stopped, one line a call
 */
export async function withBorrowedStack<Result>(
  settings: Settings,
  { onProgress, signal }: { readonly onProgress: (line: string) => void; readonly signal: AbortSignal },
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const isConfigured = settings.databaseUrl !== undefined && settings.temporal !== undefined;
  if (isConfigured) return withSession(settings, use);
  const wasUp = (await readLockHolder(settings.home)) !== undefined;
  if (!wasUp) onProgress("the stack is down: starting it for this");
  try {
    return await withEndpoints(settings, await ensureStack(settings, { onProgress, signal }), use);
  } finally {
    if (!wasUp) {
      onProgress("stopping the stack again");
      await stopStack(settings, onProgress);
    }
  }
}
