/**
 * `npm run test:storm`: 2,000 devices of one gateway, which is killed and started again. Prints how they come back, and what the cloud is
 * asked meanwhile. Its exit code is 1 when that takes longer than the backoff of the devices allows, or the cloud is asked too much.
 */
import { LINK_DELAYS_MS } from '../../machines/link.ts';
import { backoffMs } from '../../src/core/time/backoff.ts';
import { openFleet } from '../../src/tools/load/fleet.ts';
import { bundledUtterances } from '../../src/tools/load/utterances.ts';
import { commandOptions, count } from '../support/command-options.ts';
import { connectAll } from './connect-all.ts';
import { openInstallation } from './installation.ts';

const { devices, downMs } = commandOptions(
  'npm run test:storm',
  'The gateway of many devices is killed and started again.',
  {
    devices: count('devices of the gateway', 2_000),
    downMs: count('how long the gateway is away before it is started again', 2_000, 0),
  },
);

const SAMPLE_MS = 500;
/** Before the gateway is killed: what is asked of the cloud in peace. */
const CALM_MS = 5_000;
/** After the last of them is back. */
const AFTER_MS = 5_000;
/** Nobody waits longer. */
const LIMIT_MS = 5 * 60_000;
/** For a machine that serves all handshakes at once beside the devices themselves. */
const SERVING_MS = LINK_DELAYS_MS.connectTimeout;
/** Of one device that comes back: its token is looked up, its session recorded, and what it may have missed asked. */
const CALLS_PER_DEVICE = 6;
/** The busiest half second against an even spread. */
const BURST = 1.5;

interface Sample {
  atMs: number;
  /** Since the sample before; on a busy machine longer than {@link SAMPLE_MS}. */
  lengthMs: number;
  connected: number;
  attempts: number;
  /** Attempts that failed. */
  failed: number;
  calls: number;
}

const roomy = ['connections', 'connectionsPerAddress', 'handshakes', 'handshakesPerAddress'].flatMap((name) => [
  '--limit',
  `${name}=100000`,
]);
const installation = await openInstallation({ gateways: 1, gatewayArgs: roomy });
try {
  const [gateway] = installation.gateways;
  if (!gateway) throw new Error('there is no gateway');
  const { tokenOf } = await installation.pair({ devices });
  const fleet = openFleet({
    ...{ gateway: `ws://127.0.0.1:${gateway.port}`, replies: 'repeated', tokenOf },
    utterances: await bundledUtterances(),
  });
  await connectAll(fleet, devices);
  const samples: Sample[] = [];
  let zeroMs = performance.now();
  let calls = await callsOf(gateway.port);
  fleet.take();

  async function sample(): Promise<void> {
    const startMs = performance.now();
    await delay(SAMPLE_MS);
    const now = await callsOf(gateway?.port ?? 0);
    // A gateway that was started again counts from 0.
    const more = now === undefined ? 0 : now - (calls !== undefined && now >= calls ? calls : 0);
    calls = now;
    const { attempts, failed: byCode } = fleet.take().connections;
    const failed = Object.values(byCode).reduce((sum, each) => sum + each, 0);
    const atMs = performance.now();
    const { connected } = fleet;
    samples.push({ atMs: atMs - zeroMs, lengthMs: atMs - startMs, connected, attempts, failed, calls: more });
  }

  while (performance.now() - zeroMs < CALM_MS) await sample();
  const calm = samples.splice(0);
  zeroMs = performance.now();
  await gateway.kill('SIGKILL');
  let upAtMs = Number.POSITIVE_INFINITY;
  const restarting = delay(downMs)
    .then(() => gateway.start())
    .then(() => {
      upAtMs = performance.now() - zeroMs;
    });
  let backAtMs: number | undefined;
  for (let untilMs = LIMIT_MS; performance.now() - zeroMs < untilMs; ) {
    await sample();
    if (backAtMs !== undefined || upAtMs === Number.POSITIVE_INFINITY || fleet.connected < devices) continue;
    backAtMs = performance.now() - zeroMs;
    untilMs = backAtMs + AFTER_MS;
  }
  await restarting;
  await fleet.close();

  print(samples, upAtMs);
  const rate = (of: readonly Sample[]) => Math.max(...of.map(({ calls, lengthMs }) => (calls * 1_000) / lengthMs), 0);
  const total = samples.reduce((sum, each) => sum + each.calls, 0);
  const waitMs = longestWaitMs(upAtMs);
  // An attempt that began before the gateway was there has failed by then.
  const failedLater = samples
    .filter(({ atMs, lengthMs }) => atMs - lengthMs > upAtMs)
    .reduce((sum, { failed }) => sum + failed, 0);
  // A machine that is too slow for the handshakes makes devices wait once more, twice as long.
  const againMs = failedLater > 0 ? Math.min(2 * waitMs, LINK_DELAYS_MS.longestRetry) + SERVING_MS : 0;
  const boundMs = upAtMs + waitMs + SERVING_MS + againMs;
  // A device waits at least half of its longest wait: so many of them dial in a second, evenly spread.
  const callsBound = BURST * CALLS_PER_DEVICE * devices * Math.min(1, 1_000 / (waitMs / 2));
  say('');
  say(`all ${devices} devices are back after    ${seconds(backAtMs)}`);
  say(`the gateway is there again after       ${seconds(upAtMs)}`);
  say(`then the longest wait of a device is   ${seconds(waitMs)}, and its handshake ${seconds(SERVING_MS)}`);
  say(
    `attempts that failed after that        ${failedLater}${againMs > 0 ? `: one more wait, ${seconds(againMs)}` : ''}`,
  );
  say(`so all are back at the latest after    ${seconds(boundMs)}`);
  say(
    `calls of the cloud, most in a second   ${Math.round(rate(samples))} (before: ${Math.round(rate(calm))}; bound: ${Math.round(callsBound)})`,
  );
  say(`calls of the cloud for a device        ${(total / devices).toFixed(2)} (bound: ${CALLS_PER_DEVICE})`);
  const isOver = backAtMs !== undefined && backAtMs <= boundMs;
  if (!isOver || rate(samples) > callsBound || total / devices > CALLS_PER_DEVICE) process.exitCode = 1;
} finally {
  await installation.close();
}

/** The longest that a device may still wait for its next attempt when its gateway has been away for so long. */
function longestWaitMs(awayMs: number): number {
  const { firstRetry: firstMs, longestRetry: longestMs } = LINK_DELAYS_MS;
  // Its attempts come soonest when each of its waits is half of what it may be.
  let attempts = 1;
  for (let atMs = 0; ; attempts++) {
    const ceilingMs = backoffMs(attempts, { firstMs, longestMs });
    atMs += ceilingMs / 2;
    if (atMs > awayMs) return ceilingMs;
  }
}

function print(samples: readonly Sample[], upAtMs: number): void {
  say('     s  connected  attempts/s  failed/s  cloud calls/s');
  for (const { atMs, lengthMs, connected, attempts, failed, calls } of samples) {
    const perSecond = (count: number) => String(Math.round((count * 1_000) / lengthMs));
    const bar = '█'.repeat(Math.round((connected / devices) * 40));
    const mark = atMs >= upAtMs && atMs - lengthMs < upAtMs ? '  the gateway is there again' : '';
    say(
      `${(atMs / 1_000).toFixed(1).padStart(6)}  ${String(connected).padStart(9)}  ${perSecond(attempts).padStart(10)}  ${perSecond(failed).padStart(8)}  ${perSecond(calls).padStart(13)}  ${bar}${mark}`,
    );
  }
}

/** All calls of the cloud by this gateway; undefined: it does not answer. */
async function callsOf(port: number): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const counts = [...(await answer.text()).matchAll(/^earshot_gateway_cloud_calls_total\{.*\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  } catch {
    return undefined;
  }
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
