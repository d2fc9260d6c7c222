/**
 * What the gateway and the embedded cloud's process say to each other.
 */
import type { LogEntry } from '../core/log/log.ts';
import type { CloudSettings } from './server/serve.ts';

export interface EmbeddedSettings extends CloudSettings {
  /** The folder is deleted at the end. */
  isEphemeral?: boolean;
  /** How long to wait for another process that has the folder. Default: 15 s. */
  lockPatienceMs?: number;
}

export type ToParent =
  | { kind: 'ready'; url: string; port: number }
  | { kind: 'failed'; reason: string }
  | { kind: 'log'; entry: LogEntry };
