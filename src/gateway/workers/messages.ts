/**
 * The messages between the primary and its workers (JSON over the channel that Node opens to a child).
 */
import type { GatewayStatus } from '../metrics/gateway-status.ts';

/** What a worker is told at its start. */
export interface WorkerPlace {
  /** From 1. A replacement has the number, and so the folder, of the one before it. */
  slot: number;
  workers: number;
  /** Where the primary listens. */
  address: { address: string; family: string; port: number };
  /** The key of the embedded cloud; undefined where the cloud is a deployment. */
  embedded: { gatewayKey: string; isEphemeral: boolean } | undefined;
}

export type ToWorker =
  | { kind: 'start'; place: WorkerPlace }
  /** The embedded cloud is there. */
  | { kind: 'cloud'; url: string }
  /** With the socket. `opening`: what was read of it, base64. */
  | { kind: 'connection'; source: string | undefined; opening: string }
  | { kind: 'tell status'; call: number }
  | { kind: 'statuses'; call: number; statuses: GatewayStatus[] }
  /** It takes no further devices, and ends when those that it has have left. */
  | { kind: 'drain' };

/** For the person who has started the gateway. */
export interface WorkerNews {
  url: string;
  web: string;
  /** The name of its responder. */
  responder: string;
  assistant?: unknown;
}

export type ToPrimary =
  /** It takes connections. */
  | { kind: 'ready'; news: WorkerNews }
  /** It has the connection, and can take the next one. */
  | { kind: 'taken' }
  | { kind: 'status'; call: number; status: GatewayStatus }
  /** It wants those of the other processes. */
  | { kind: 'tell statuses'; call: number };
