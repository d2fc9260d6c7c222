/**
 * What the gateway and the embedded cloud's process say to each other.
 */
export interface EmbeddedSettings {
  /** 0: any free port; a restarted process gets the port that it had. */
  port: number;
  /** Where it survives its own crash; what is kept there is of no use to anybody else. */
  folder: string;
  /** Settings of src/core/limits/limits.ts; without them the defaults are its limits. */
  limits?: string[];
}

export type ToParent = { kind: 'ready'; url: string; port: number } | { kind: 'failed'; reason: string };
