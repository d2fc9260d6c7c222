/**
 * Everything that a check reads of the machine, so that a test can simulate any machine.
 */
import type { ErrorInfo } from '../../../core/errors.ts';

export interface System {
  readonly nodeVersion: string;
  readonly platform: string;
  /** `arm`, `arm64`, `x64`, … */
  readonly arch: string;
  /** Earshot's state folder; undefined without one. */
  readonly stateFolder: string | undefined;
  readonly gateway: string | undefined;
  /** ms since 1970. */
  now(): number;
  /** Text of a file; undefined if it is missing or not readable. */
  read(path: string): string | undefined;
  /** Names in a folder; empty if it is missing or not readable. */
  list(path: string): string[];
  /** Target of a symbolic link. */
  link(path: string): string | undefined;
  can(what: 'read' | 'write', path: string): boolean;
  /** Of the file system of a folder, also of one that does not exist yet. */
  freeBytes(path: string): number | undefined;
  /** Standard output of a command; undefined when it is not installed, fails or takes too long. */
  run(command: string, ...args: string[]): Promise<string | undefined>;
  /** Run in their own process, because native code can end the process that loads it. */
  probe<Name extends ProbeName>(name: Name): Promise<ProbeAnswer<Probes[Name]>>;
  health(gateway: string): Promise<ProbeAnswer<GatewayHealth>>;
}

export type ProbeAnswer<Value> = { ok: true; value: Value } | { ok: false; error: ErrorInfo };

/** The probes and their results. */
export interface Probes {
  codec: { encodeUs: number; library: 'native' | 'webassembly' };
  devices: { microphone: string | null; speaker: string | null; names: string[] };
  sound: SoundProbe;
  /** `null`: nothing may be played. */
  echo: EchoProbe | null;
}
export type ProbeName = keyof Probes;

export interface SoundProbe {
  microphone: { device: string; rmsDb: number; peakDb: number; clippedRuns: number };
  /** Absent if the speaker could not be opened, or must not be used. */
  loopback?: { device: string; correlation: number; delayMs: number };
  speakerError?: ErrorInfo;
}

export interface EchoProbe {
  /** `none` without one. */
  canceller: string;
  why: string;
  /** It was wanted, and its library is missing. */
  isMissing: boolean;
  /** Whether the microphone picks up the speaker. */
  isHeard: boolean;
  isConverged: boolean;
  erleDb: number;
  delayMs: number;
}

export interface GatewayHealth {
  version: string;
  /** Of each request on one connection. */
  roundTripsMs: number[];
  /** What to add to our clock to get the gateway's; good to a second. */
  clockOffsetMs?: number;
}
