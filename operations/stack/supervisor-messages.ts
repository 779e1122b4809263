import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";

const errorSchema = z.object({
  kind: z.enum(["input", "missing", "conflict", "unavailable", "rejected", "defect"]),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  fields: z.record(z.string(), z.unknown()),
});

/** What a detached supervisor tells the command that started it, until it is ready or has failed. */
export const supervisorMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), line: z.string() }),
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("failed"), error: errorSchema }),
]);

export type SupervisorMessage = z.infer<typeof supervisorMessageSchema>;

/** An error as it can be sent to another process; anything but a LadderError is a defect. */
export function packError(error: unknown): z.infer<typeof errorSchema> {
  if (!(error instanceof LadderError)) {
    return {
      kind: "defect",
      code: "SUPERVISOR_FAILED",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      fields: {},
    };
  }
  const { kind, code, message, hint, fields } = error;
  return { kind, code, message, fields, ...(hint === undefined ? {} : { hint }) };
}

/** The error that was packed. */
export function unpackError({ kind, code, message, hint, fields }: z.infer<typeof errorSchema>): LadderError {
  return new LadderError(kind, code, message, { fields, ...(hint === undefined ? {} : { hint }) });
}
