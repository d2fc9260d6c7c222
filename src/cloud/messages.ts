/**
 * What the gateway and the embedded cloud's process say to each other.
 */
export interface EmbeddedSettings {
  /** 0: any free port; a restarted process gets the port that it had. */
  port: number;
  /** Of its data. Exists, and is private. */
  folder: string;
  /** The folder is deleted at the end. */
  isEphemeral?: boolean;
  /** How long to wait for another process that has the folder. Default: 15 s. */
  lockPatienceMs?: number;
  /** Settings of src/core/limits/limits.ts; without them the defaults are its limits. */
  limits?: string[];
}

export type ToParent = { kind: 'ready'; url: string; port: number } | { kind: 'failed'; reason: string };
