/** What a number of parameters counts, with and without embeddings. */
export const countings = ["total", "non-embedding", "unknown"] as const;
export type Counting = (typeof countings)[number];
