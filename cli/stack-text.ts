import type { ServiceStatus, StackStatus } from "../operations/stack/stack-status.ts";
import { ageText, durationText } from "./number-text.ts";
import type { Output } from "./output.ts";
import type { Column } from "./table.ts";

/** What `status` and `up` print: a row a service, then who works and on what. */
export function renderStackStatus(status: StackStatus, output: Output): string {
  const lines = [`${stateText(status, output)}  ${status.home}`, ""];
  if (status.state === "down")
    return `${stateText(status, output)}  ${status.home}\n\nNothing is running. Start it with: ladder up --detach`;
  lines.push(output.table(serviceColumns(output), status.services));
  for (const { service, problem } of status.services) if (problem !== null) lines.push("", `${service}: ${problem}`);
  if (status.state === "killed") {
    const left = status.leftovers.map(({ name, pid }) => `${name} (${String(pid)})`).join(", ");
    lines.push(
      "",
      `The supervisor was killed${left === "" ? "" : `; still running: ${left}`}. Clean up with: ladder down, or start again with: ladder up --detach`,
    );
    return lines.join("\n");
  }
  lines.push("", workersText(status));
  if (status.studies !== null) lines.push("", status.studies.length === 0 ? "No study is running." : studiesText(status, output));
  return lines.join("\n");
}

function serviceColumns({ colors }: Output): readonly Column<ServiceStatus>[] {
  return [
    { header: "SERVICE", value: ({ service }) => service },
    { header: "STATE", value: ({ state }) => (state === "running" || state === "elsewhere" ? colors.green(state) : colors.red(state)) },
    { header: "PID", value: ({ pid }) => (pid === null ? "–" : String(pid)), align: "right" },
    { header: "ADDRESS", value: ({ address }) => (address ?? "–").replace(/^postgres(ql)?:\/\/([^@]*@)?/, ""), flexible: true },
    { header: "UP", value: ({ uptimeSeconds }) => (uptimeSeconds === null ? "–" : durationText(uptimeSeconds)), align: "right" },
    { header: "RESTARTS", value: ({ restarts }) => (restarts === null ? "–" : String(restarts)), align: "right" },
    { header: "VERSION", value: ({ version }) => version ?? "–" },
  ];
}

function stateText({ state }: StackStatus, { colors }: Output): string {
  const paint = state === "up" ? colors.green : state === "starting" || state === "stopping" ? colors.yellow : colors.red;
  return paint(colors.bold(state));
}

function workersText({ workers }: StackStatus): string {
  if (workers.length === 0) return "No worker asks for work.";
  const names = workers.map(({ identity, secondsSinceSeen }) => `${identity} (${ageText(secondsSinceSeen)} ago)`);
  return `Workers: ${names.join(", ")}`;
}

function studiesText({ studies }: StackStatus, output: Output): string {
  return output.table(
    [
      { header: "STUDY", value: (study) => study.study, flexible: true },
      { header: "STATE", value: (study) => study.state },
      { header: "DONE", value: ({ totals }) => `${String(totals.finished + totals.diverged)}/${String(totals.total)}`, align: "right" },
      { header: "RUNNING", value: ({ totals }) => String(totals.running), align: "right" },
      { header: "ETA", value: ({ eta }) => (eta.seconds === null ? "–" : durationText(eta.seconds)), align: "right" },
      { header: "WHY", value: ({ why }) => why, flexible: true },
    ],
    studies ?? [],
  );
}
