/**
 * An honest device: sends real speech to a gateway with the responder `echo`, turn after turn, and accounts for every
 * frame: received, delayed, confirmed. With each packet it sends the same bytes to a plain echo server, whose delay is
 * that of the machine and the harness: the floor.
 */
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { FRAME_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { inTime, once } from '../support/in-time.ts';
import { connectDevice, type WireDevice } from '../support/wire-device.ts';

const FRAMES_PER_PACKET = 3;
/** Every second turn uses a new connection, so that handshakes are attacked, too. */
const TURNS_PER_CONNECTION = 2;
/** From the end of the utterance until its turn must be complete and confirmed. */
const TURN_PATIENCE_MS = 20_000;
const FIRST_RETRY_MS = 250;

export interface HonestTurn {
  device: string;
  id: string;
  spoken: number;
  lost: number;
  duplicated: number;
  /** Frames whose bytes differ from those that were sent. */
  changed: number;
  /** The gateway has confirmed it. */
  stored: boolean;
  /** The connection failed, or the turn did not end. */
  problem?: string;
}

export interface HonestResult {
  device: string;
  turns: HonestTurn[];
  /** From sending a packet until its echo was received, in ms; through the gateway, and through the plain server. */
  delayMs: number[];
  floorMs: number[];
  /** The difference of the two, packet by packet. */
  addedMs: number[];
  /** Longest time until it was connected, with all attempts. */
  connectMs: number;
  /** Handshakes that were refused or failed. */
  refusals: string[];
}

export interface HonestOptions {
  gateway: string;
  floor: string;
  name: string;
  token: string | undefined;
  localAddress: string;
  /** The utterance. */
  frames: Uint8Array[];
  pauseMs: number;
  /** Number of complete turns after which it is done. */
  turns: number;
  /** Factor for the maximum duration of a turn. */
  slack: number;
  signal: AbortSignal;
}

/** Runs turns until their number is reached, or until the signal; the current turn is completed. */
export async function runTurns(options: HonestOptions): Promise<HonestResult> {
  const { name, signal, pauseMs, turns } = options;
  const result: HonestResult = {
    device: name,
    turns: [],
    delayMs: [],
    floorMs: [],
    addedMs: [],
    connectMs: 0,
    refusals: [],
  };
  const goesOn = () => !signal.aborted && result.turns.filter(isWhole).length < turns;
  const floor = await openFloor(options.floor, options.localAddress);
  let line: Line | undefined;
  for (let turn = 1; goesOn(); turn++) {
    line ??= await openLine(options, result, floor);
    if (!line) break;
    const spoken = await speakTurn(line, options, result);
    if (spoken.problem !== undefined || turn % TURNS_PER_CONNECTION === 0) {
      line.close();
      line = undefined;
    }
    await pause(pauseMs, signal);
  }
  line?.close();
  floor.terminate();
  return result;
}

interface Line {
  device: WireDevice;
  /** Of the current turn, by the number of each packet's first frame. */
  sentAtMs: Map<number, number>;
  receivedPackets: AudioPacket[];
  delayMs: Map<number, number>;
  floorMs: Map<number, number>;
  close(): void;
}

/** Undefined: the signal came before it was connected. */
async function openLine(options: HonestOptions, result: HonestResult, floor: WebSocket): Promise<Line | undefined> {
  const { gateway, name, token, localAddress, signal } = options;
  const sentAtMs = new Map<number, number>();
  const delayMs = new Map<number, number>();
  const floorMs = new Map<number, number>();
  const receivedPackets: AudioPacket[] = [];
  const since = (sequence: number) => performance.now() - (sentAtMs.get(sequence) ?? Number.NaN);
  const onFloor = (bytes: Buffer) => {
    const sequence = bytes.readUInt32BE(4);
    floorMs.set(sequence, since(sequence));
  };
  const startedMs = performance.now();
  for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(2 * retryMs, 4_000)) {
    try {
      const device = await connectDevice(gateway, {
        name,
        ...(token !== undefined && { token }),
        localAddress,
        framesPerPacket: FRAMES_PER_PACKET,
        onSent(sequence, bytes) {
          sentAtMs.set(sequence, performance.now());
          floor.send(bytes);
        },
        onPacket(packet) {
          receivedPackets.push(packet);
          if (!delayMs.has(packet.sequence)) delayMs.set(packet.sequence, since(packet.sequence));
        },
      });
      await device.waitFor('welcome');
      result.connectMs = Math.max(result.connectMs, performance.now() - startedMs);
      floor.on('message', onFloor);
      const close = () => {
        floor.off('message', onFloor);
        device.close();
      };
      return { device, sentAtMs, receivedPackets, delayMs, floorMs, close };
    } catch (error) {
      result.refusals.push(error instanceof Error ? error.message : String(error));
      await pause(retryMs, signal);
    }
  }
  result.connectMs = Math.max(result.connectMs, performance.now() - startedMs);
  return undefined;
}

async function speakTurn(line: Line, options: HonestOptions, result: HonestResult): Promise<HonestTurn> {
  const { frames, name, slack } = options;
  const id = uuidv7();
  for (const map of [line.sentAtMs, line.delayMs, line.floorMs]) map.clear();
  line.receivedPackets.length = 0;
  const turn: HonestTurn = { device: name, id, spoken: frames.length, ...NO_LOSS, stored: false };
  try {
    const patienceMs = TURN_PATIENCE_MS * slack;
    const spoken = line.device.speak({ frames, id, paceMs: FRAMES_PER_PACKET * FRAME_MS });
    await inTime(spoken, 'the answer', frames.length * FRAME_MS + patienceMs);
    const stored = line.device.waitFor('turn.stored', (message) => message.id === id);
    await inTime(stored, 'turn.stored', patienceMs);
    turn.stored = true;
  } catch (error) {
    turn.problem = error instanceof Error ? error.message : String(error);
  }
  Object.assign(turn, compare(frames, line.receivedPackets));
  for (const [sequence, delayMs] of line.delayMs) {
    result.delayMs.push(delayMs);
    const floorMs = line.floorMs.get(sequence);
    if (floorMs === undefined) continue;
    result.floorMs.push(floorMs);
    result.addedMs.push(Math.max(0, delayMs - floorMs));
  }
  result.turns.push(turn);
  return turn;
}

/** Sent, received frame by frame, and confirmed. */
export function isWhole({ stored, problem, lost, duplicated, changed }: HonestTurn): boolean {
  return stored && problem === undefined && lost + duplicated + changed === 0;
}

const NO_LOSS = { lost: 0, duplicated: 0, changed: 0 };

function compare(spoken: readonly Uint8Array[], receivedPackets: readonly AudioPacket[]): typeof NO_LOSS {
  const times = new Array<number>(spoken.length).fill(0);
  let changed = 0;
  let beyond = 0;
  for (const { sequence, frames } of receivedPackets) {
    for (const [i, frame] of frames.entries()) {
      const wanted = spoken[sequence + i];
      if (!wanted) beyond += 1;
      else {
        times[sequence + i] = (times[sequence + i] ?? 0) + 1;
        if (Buffer.compare(wanted, frame) !== 0) changed += 1;
      }
    }
  }
  return {
    lost: times.filter((count) => count === 0).length,
    duplicated: beyond + times.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    changed,
  };
}

async function openFloor(url: string, localAddress: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { localAddress });
  await once(socket, 'open');
  return socket;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
