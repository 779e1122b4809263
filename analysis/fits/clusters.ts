import type { FitRows } from "./contract.ts";

/** Units that are drawn, left out and summed as one: the cluster of each row numbered 0, 1 … by first appearance, and how many there are. */
export interface ClusterIndex {
  readonly ofRow: Int32Array;
  readonly count: number;
}

/** Without clusters each row is its own. */
export function indexClusters({ clusters, output }: FitRows): ClusterIndex {
  if (clusters === undefined) return { ofRow: Int32Array.from(output.keys()), count: output.length };
  const numbers = new Map<number, number>();
  const ofRow = clusters.map((cluster) => {
    const known = numbers.get(cluster) ?? numbers.size;
    numbers.set(cluster, known);
    return known;
  });
  return { ofRow, count: numbers.size };
}
