/**
 * `npm run bench:tenants`: two tenants with a gateway each at one cloud on this machine. One of them takes all that it can get. What the other's devices get is
 * measured without it, beside it, and beside it when it has a quota.
 *
 *     npm run bench:tenants -- [--devices 10] [--noisy-devices 100] [--seconds 30] [--json]
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readEmbedded } from '../../../src/gateway/cloud-address.ts';
import { earshot, inTemporaryFolder, type RunningCli } from '../../support/cli.ts';
import { commandOptions, count, flag } from '../../support/command-options.ts';

/** Of the noisy tenant: about what the other one uses. Connections are not limited: a load test begins when all of its devices have one. */
const QUOTA = ['turns=60', 'speechSeconds=240'];
/** The noisy one is there before and after. */
const AROUND_S = 5;
const MINUTE_MS = 60_000;
/** That it has devices connected, and hears of its quota. */
const SETTLED_MS = AROUND_S * 1_000;

const options = commandOptions('npm run bench:tenants', 'What a noisy tenant costs another one at the same cloud.', {
  devices: count('of the quiet tenant', 10),
  noisyDevices: count('of the noisy one', 100),
  seconds: count('of each measurement', 30),
  json: flag('prints JSON'),
});

interface Measured {
  turns: { started: number; answered: number; notAnswered: Record<string, number>; notEnded: number };
  delayMs: { reply: { p50: number; p99: number } | null };
}

interface Row {
  beside: string;
  quietTurns: number;
  quietRefused: number;
  /** Neither answered nor refused. */
  quietFailed: number;
  replyP50Ms: number | undefined;
  replyP99Ms: number | undefined;
  noisyTurns: number;
  noisyRefused: number;
  noisyFailed: number;
}

interface RunningGateway {
  running: RunningCli;
  url: string;
}

async function startGateway(folder: string, tenant: string, env: NodeJS.ProcessEnv = {}): Promise<RunningGateway> {
  const state = join(folder, tenant);
  mkdirSync(state, { mode: 0o700 });
  const args = ['gateway', '--open', '--state', state, '--port', '0', '--json', '--log-level', 'error'];
  const running = earshot(args, { env: { CONVEX_URL: '', ...env, EARSHOT_TENANT: tenant } });
  return { running, url: JSON.parse(await running.line(/^\{/)).url };
}

async function load(gateway: RunningGateway, args: string[]): Promise<Measured> {
  const { code, stdout, stderr } = await earshot([
    'load',
    '--gateway',
    gateway.url,
    '--kind',
    'light',
    '--json',
    ...args,
  ]).ended;
  // 1: something was lost or refused, which is counted here.
  if (stdout === '') throw new Error(`earshot load ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

function linesOf(row: Row): string[] {
  const ms = (value: number | undefined) => (value === undefined ? 'none' : `${Math.round(value)} ms`);
  return [
    `beside ${row.beside}:`,
    `  turns ${row.quietTurns}, refused ${row.quietRefused}, failed ${row.quietFailed}, reply p50 ${ms(row.replyP50Ms)}, p99 ${ms(row.replyP99Ms)}`,
    `  the other: ${row.noisyTurns} turns answered, ${row.noisyRefused} refused, ${row.noisyFailed} failed`,
  ];
}

const refusedOf = ({ turns }: Measured) => turns.notAnswered.turn_refused ?? 0;

function failedOf(measured: Measured): number {
  const { notAnswered, notEnded } = measured.turns;
  return Object.values(notAnswered).reduce((sum, count) => sum + count, notEnded) - refusedOf(measured);
}

await inTemporaryFolder(async (folder) => {
  const quiet = await startGateway(folder, 'quiet');
  let cloud = readEmbedded(join(folder, 'quiet'));
  while (!cloud) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    cloud = readEmbedded(join(folder, 'quiet'));
  }
  const env = { CONVEX_URL: cloud.url, EARSHOT_GATEWAY_KEY: cloud.gatewayKey };
  const noisy = await startGateway(folder, 'noisy', env);
  const seconds = options.seconds;

  async function row(beside: string, isNoisy: boolean): Promise<Row> {
    process.stderr.write(`beside ${beside} …\n`);
    const noise = isNoisy
      ? load(noisy, [
          ...['--devices', String(options.noisyDevices), '--arrivals', 'continuous'],
          ...['--seconds', String(seconds + 2 * AROUND_S)],
        ])
      : undefined;
    if (noise) await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const own = ['--devices', String(options.devices), '--turns-per-minute', '6', '--seconds', String(seconds)];
    const measured = await load(quiet, own);
    const theirs = await noise;
    return {
      beside,
      quietTurns: measured.turns.started,
      quietRefused: refusedOf(measured),
      quietFailed: failedOf(measured),
      replyP50Ms: measured.delayMs.reply?.p50,
      replyP99Ms: measured.delayMs.reply?.p99,
      noisyTurns: theirs?.turns.answered ?? 0,
      noisyRefused: theirs ? refusedOf(theirs) : 0,
      noisyFailed: theirs ? failedOf(theirs) : 0,
    };
  }

  try {
    const rows = [await row('nobody', false), await row('a noisy tenant', true)];
    const set = await earshot(['quota', ...QUOTA], { env: { ...env, EARSHOT_TENANT: 'noisy' } }).ended;
    if (set.code !== 0) throw new Error(set.stderr);
    // What was granted before counts in its minute.
    await new Promise((resolve) => setTimeout(resolve, MINUTE_MS));
    rows.push(await row(`the same with the quota ${QUOTA.join(' ')}`, true));
    if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
    else for (const line of rows.flatMap(linesOf)) process.stdout.write(`${line}\n`);
    if (rows.some(({ quietRefused, quietFailed }) => quietRefused + quietFailed > 0)) process.exitCode = 1;
  } finally {
    for (const { running } of [noisy, quiet]) {
      running.kill('SIGTERM');
      await running.ended;
    }
  }
});
