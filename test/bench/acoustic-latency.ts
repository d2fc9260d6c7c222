/**
 * Acoustic latency, and the delay from the end of speech to the reply: `earshot latency --acoustic` with cards that are
 * exact to the sample.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Percentiles, percentiles } from '../../src/tools/latency/statistics.ts';
import { EARSHOT, inTemporaryFolder } from '../support/cli.ts';
import { here } from './children.ts';
import type { PlainCards } from './plain-cards.ts';
import { startPlainGateway } from './plain-gateway.ts';
import type { Result } from './result.ts';

export interface AcousticOptions {
  cards: PlainCards;
  iterations: number;
  onProgress(share: number): void;
}

export async function measureAcousticLatency(options: AcousticOptions): Promise<Result[]> {
  return inTemporaryFolder(async (folder) => {
    const [echo, parrot] = await Promise.all(['echo', 'parrot'].map((each) => startPlainGateway(folder, each)));
    try {
      return await measureBeside({ ...options, echo: echo?.url ?? '', parrot: parrot?.url ?? '' });
    } finally {
      await Promise.all([echo?.stop(), parrot?.stop()]);
    }
  });
}

async function measureBeside({
  cards,
  iterations,
  onProgress,
  echo,
  parrot,
}: AcousticOptions & { echo: string; parrot: string }): Promise<Result[]> {
  const { env } = cards;
  const figures: Result[] = [];
  for (const [framesPerPacket, goal] of [
    [1, 80],
    [3, 118],
  ] as const) {
    const floor = await bareLoop(framesPerPacket, Math.ceil(iterations / 4), env);
    onProgress(figures.length / 3 + 0.1);
    const { heardMs, detail } = await runAcousticLatency({ gateway: echo, framesPerPacket, iterations, env });
    figures.push({
      name: `mouth to ear, ${framesPerPacket * 20} ms packets, p95`,
      unit: 'ms',
      specification: '< 260 ms',
      goal,
      measured: heardMs.p95,
      floor: { value: floor, of: 'packet and cards alone' },
      detail,
    });
    onProgress(figures.length / 3);
  }
  const half = Math.ceil(iterations / 2);
  const { heardMs, detail } = await runAcousticLatency({ gateway: parrot, framesPerPacket: 3, iterations: half, env });
  const name = 'end of speech to first sample of the reply, p95';
  figures.push({ name, unit: 'ms', specification: '', goal: 100, measured: heardMs.p95, detail });
  return figures;
}

/** The guard and the jitter buffer learn the most in the first turns of a device. */
export const LEARNING_TURNS = 3;
/** That of the systemd unit; without the right to it `nice` starts the command anyway. */
const PRIORITY = ['-n', '-10'];

export interface AcousticFigures {
  heardMs: Percentiles;
  unexplainedMs: Percentiles;
  /** In the order of the turns. */
  heardInTurnMs: number[];
  detail: string;
}

export interface MeasurementOptions {
  /** A gateway that echoes, or answers when the turn is over. */
  gateway: string;
  framesPerPacket: number;
  iterations: number;
  env: NodeJS.ProcessEnv;
  /** The developer's build: of this clone or of another. */
  cli?: string;
  args?: string[];
}

export async function runAcousticLatency({
  gateway,
  framesPerPacket,
  iterations,
  env,
  cli = EARSHOT,
  args = [],
}: MeasurementOptions): Promise<AcousticFigures> {
  const how = ['--gateway', gateway, '--frames-per-packet', `${framesPerPacket}`, '--iterations', `${iterations}`];
  const stdout = await output(
    cli,
    ['latency', '--acoustic', ...(await cardsFor(cli, env)), ...how, ...args, '--json'],
    env,
  );
  const { acoustic, heard } = JSON.parse(stdout);
  if (!acoustic) throw new Error('the chirp was never found');
  const { heardMs, accountedMs, unexplainedMs, turns = [] } = acoustic;
  const heardInTurnMs = turns.map((turn: { heardMs: number }) => turn.heardMs);
  const parts = `p50 ${heardMs.p50.toFixed(1)}, stages add up to ${accountedMs.p50.toFixed(1)}, unexplained ${unexplainedMs.p50.toFixed(1)}`;
  const first = heardInTurnMs.slice(0, LEARNING_TURNS).map((ms: number) => ms.toFixed(1));
  const detail = `${parts}; the first turns ${first.join(', ')}; found in ${heard} of ${iterations} turns`;
  return { heardMs, unexplainedMs, heardInTurnMs, detail };
}

/** Earlier commits have other names for the loudspeaker and the microphone. */
async function cardsFor(cli: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const isEarlier = (await output(cli, ['latency', '--help'], env)).includes('--mouth');
  const [loudspeaker, microphone] = isEarlier ? ['--mouth', '--ear'] : ['--output-device', '--input-device'];
  return ['--device', 'line', loudspeaker, 'mouth', microphone, 'ear', '--reference', 'micear'];
}

async function bareLoop(framesPerPacket: number, iterations: number, env: NodeJS.ProcessEnv): Promise<number> {
  const args = ['--import', 'tsx', here('./bare-loop.ts'), `${framesPerPacket}`, `${iterations}`];
  const delays = (await output(process.execPath, args, env)).match(/^[\d.]+$/gm) ?? [];
  return percentiles(delays.map(Number))?.p95 ?? Number.NaN;
}

async function output(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('nice', [...PRIORITY, command, ...args], {
    env: { ...env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return stdout;
}
