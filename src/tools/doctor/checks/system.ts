/**
 * The machine as the doctor sees it: everything that a check looks at comes through here, so that a test can be any machine.
 */
import type { ErrorInfo } from '../../../core/errors.ts';

export interface System {
  readonly nodeVersion: string;
  readonly platform: string;
  /** `arm`, `arm64`, `x64`, … */
  readonly arch: string;
  /** Folder of what Earshot keeps; undefined where there is nowhere to keep anything. */
  readonly stateFolder: string | undefined;
  readonly gateway: string | undefined;
  /** ms since 1970. */
  now(): number;
  /** Text of a file; undefined when it is not there or may not be read. */
  read(path: string): string | undefined;
  /** Names in a folder; empty when it is not there or may not be read. */
  list(path: string): string[];
  /** Where a symbolic link leads. */
  link(path: string): string | undefined;
  can(what: 'read' | 'write', path: string): boolean;
  /** Of the file system that a folder is, or would be, on. */
  freeBytes(path: string): number | undefined;
  /** Standard output of a command; undefined when it is not installed, fails or takes too long. */
  run(command: string, ...args: string[]): Promise<string | undefined>;
  /** Tried out in a process of its own, because native code can end the process that loads it. */
  probe<Name extends ProbeName>(name: Name): Promise<ProbeAnswer<Probes[Name]>>;
  health(gateway: string): Promise<ProbeAnswer<GatewayHealth>>;
}

export type ProbeAnswer<Value> = { ok: true; value: Value } | { ok: false; error: ErrorInfo };

/** What can be tried out, and what comes of it. */
export interface Probes {
  codec: { encodeUs: number };
  devices: { microphone: string | null; speaker: string | null; names: string[] };
  sound: SoundProbe;
}
export type ProbeName = keyof Probes;

export interface SoundProbe {
  microphone: { device: string; rmsDb: number; peakDb: number; clippedRuns: number };
  /** Absent when the speaker could not be opened, or was to be left alone. */
  loopback?: { device: string; correlation: number; delayMs: number };
  speakerError?: ErrorInfo;
}

export interface GatewayHealth {
  version: string;
  /** Of each request on one connection. */
  roundTripsMs: number[];
  /** What to add to our clock to get the gateway's; good to a second. */
  clockOffsetMs?: number;
}
