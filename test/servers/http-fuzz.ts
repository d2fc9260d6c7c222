/**
 * Mutated requests, upgrades and frames at one server, in the requested number, over several connections at a time: a
 * pipeline of requests that leave the connection usable, then one that does not, or an upgrade with frames after it.
 */
import { readFileSync } from 'node:fs';
import { frames, handshake, politeRequest, rudeRequest } from '../support/mutations.ts';
import { type Random, seededRandom } from '../support/random.ts';
import type { RunningServer } from './servers.ts';

const CONNECTIONS = 8;
const PIPELINE = 50;
/** Characters: longer than what is looked for. */
const MOST_REST = 40;
/** A server must have ended a connection by then, for any input; its time-outs are shorter. */
const PATIENCE_MS = 5 * 60_000;

export interface FuzzResult {
  /** Requests that the server has answered, or for which it has closed the connection. */
  requests: number;
  /** Connections that became WebSockets. */
  upgrades: number;
  connections: number;
}

export interface FuzzOptions {
  server: RunningServer;
  requests: number;
  seed: number;
  /** Called regularly: the server must answer an honest client during the test. */
  meanwhile?: (done: FuzzResult) => Promise<void>;
}

export async function fuzz({ server, requests, seed, meanwhile }: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = { requests: 0, upgrades: 0, connections: 0 };
  let nextMeanwhile = 0;
  async function keepOn(random: Random): Promise<void> {
    while (result.requests < requests) {
      await oneConnection(server, random, result);
      if (!meanwhile || result.requests < nextMeanwhile) continue;
      nextMeanwhile = result.requests + requests / 20;
      await meanwhile(result);
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => keepOn(seededRandom(seed * CONNECTIONS + i))));
  return result;
}

function oneConnection(server: RunningServer, random: Random, result: FuzzResult): Promise<void> {
  const polite = Array.from({ length: random.integer(0, PIPELINE) }, () => politeRequest(random));
  const isUpgrade = random.next() < 0.6;
  const last = isUpgrade ? handshake(random, server.socket) : rudeRequest(random);
  const after = isUpgrade ? frames(random, server.messages) : Buffer.alloc(0);
  const isTogether = random.next() < 0.5;

  return new Promise((resolve, reject) => {
    const socket = server.connect();
    result.connections += 1;
    let answered = 0;
    /** The end of what was read: a line may come in two pieces. */
    let rest = '';
    let isUpgraded = false;
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server does not end a connection; the last request was ${JSON.stringify(String(last))}`));
    }, PATIENCE_MS);
    socket.on('data', (data) => {
      if (isUpgraded) return;
      const text = rest + data.toString('latin1');
      const statuses = [...text.matchAll(/HTTP\/1\.1 \d{3} /g)];
      const last = statuses.at(-1);
      rest = text.slice(last ? Math.max(last.index + last[0].length, text.length - MOST_REST) : -MOST_REST);
      answered += statuses.length;
      isUpgraded = last?.[0] === 'HTTP/1.1 101 ';
      if (isUpgraded) {
        result.upgrades += 1;
        if (!isTogether) socket.write(after);
      }
      // A stream of events: it has no end, and requests after it get no answer.
      if (text.includes('text/event-stream')) return void socket.end();
      // The rest is an answer to an incomplete request, or to frames that leave the connection open: no answer.
      if (isUpgraded || answered >= polite.length + (isUpgrade ? 1 : 0)) socket.end();
    });
    // The server may close the connection in the middle: half of the requests are made for that.
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(patience);
      result.requests += server.speaksHttp ? Math.max(1, answered) : polite.length + 1;
      resolve();
    });
    socket.write(Buffer.concat([Buffer.from(polite.join(''), 'latin1'), last, isTogether ? after : Buffer.alloc(0)]));
    if (!server.speaksHttp || (polite.length === 0 && !isUpgrade)) socket.end();
  });
}

export function peakMemoryMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
