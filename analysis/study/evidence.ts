/**
 * What a rule or a law rests on. `paper`: read in the paper; `code`: read in the reference library; `golden`: compared with numbers
 * that the reference library gave; `derived`: follows from the definitions, the source says how; `abstract`: only an abstract
 * or a summary was read; `live`: seen in a coordinate check of the reference trainer.
 */
export const evidenceTags = ["paper", "code", "golden", "derived", "abstract", "live"] as const;
export type Evidence = (typeof evidenceTags)[number];
