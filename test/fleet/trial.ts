/**
 * Devices that talk through HAProxy to three gateways on one cloud, while gateways are killed, the cloud is away, and the gateways are
 * restarted one after another; and an account of every frame in the end.
 */
import { openFleet } from '../../src/tools/load/fleet.ts';
import type { LoadTurn } from '../../src/tools/load/load-turn.ts';
import { type LoadMeasures, sumOfMeasures } from '../../src/tools/load/measures.ts';
import { bundledUtterances } from '../../src/tools/load/utterances.ts';
import { seededRandom } from '../support/random.ts';
import { type Account, accountOf, fateOf } from './account.ts';
import { connectAll } from './connect-all.ts';
import { type Installation, openInstallation } from './installation.ts';

export interface TrialOptions {
  devices: number;
  /** Of each device. */
  turnsPerMinute: number;
  /** When a gateway says that a turn is stored. With `cloud` a killed gateway loses its disk as well. */
  confirm: 'cloud' | 'disk';
  kills: number;
  killEveryMs: number;
  /** How long a killed gateway is away. */
  downMs: number;
  cloudAwayMs: number;
  /** Talk before the first fault, and between the kinds of faults. */
  calmMs: number;
  seed: number;
  onStep?: (what: string) => void;
}

/** The parts of a trial, in their order; each begins with a fault and ends with calm. */
export type Phase = 'calm' | 'kills' | 'cloudAway' | 'rollingRestart';

export interface Trial {
  account: Account;
  /** Of the whole trial. */
  measures: LoadMeasures;
  byPhase: Map<Phase, LoadMeasures>;
  /** Each exit code of a gateway that was asked to end; null: it was killed after all. */
  exitCodes: (number | null)[];
  /** Turns whose storage a gateway has confirmed, and which the cloud does not have. */
  brokenPromises: number;
  kills: number;
  restarts: number;
}

/** From the last fault until each turn is in the cloud: backoff, delivery of stored turns, the gateways' queues. */
const HEALING_LIMIT_MS = 5 * 60_000;
const CHECK_MS = 500;

export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { devices, turnsPerMinute, confirm, seed, onStep = () => undefined } = options;
  const installation = await openInstallation({ gatewayArgs: ['--confirm', confirm] });
  try {
    const { proxy, clients } = installation;
    onStep(`${devices} devices are paired and connect`);
    const { tokenOf } = await installation.pair({ devices });
    const turns = new Map<string, LoadTurn>();
    const fleet = openFleet({
      ...{ gateway: proxy.url, replies: 'repeated', seed, tokenOf },
      utterances: await bundledUtterances(),
      onTurn: (turn) => turns.set(turn.id, turn),
    });
    try {
      await connectAll(fleet, devices);
      fleet.talk({ pattern: 'poisson', turnsPerMinute, lengthMs: Number.POSITIVE_INFINITY });
      const byPhase = new Map<Phase, LoadMeasures>();
      const endOf = (phase: Phase) => byPhase.set(phase, sumOfMeasures(fleet.take()));
      const { exitCodes, kills } = await injectFaults(installation, options, endOf);
      onStep('nobody begins to speak any more');
      if (!(await fleet.quiet(HEALING_LIMIT_MS))) {
        const { unconfirmed, talking } = fleet;
        for (const turn of unconfirmed) turns.set(turn.id, turn);
        onStep(`${talking} devices still talk, and ${unconfirmed.length} turns are not confirmed`);
        for (const turn of unconfirmed) onStep(`not confirmed: ${turn.device} ${turn.id}; ${fateOf(turn)}`);
      }
      onStep(`${turns.size} turns are compared with the cloud`);
      const account = await settledAccount(clients, [...turns.values()]);
      const brokenPromises = account.missing.filter(({ stored }) => stored !== 'nobody').length;
      for (const { id } of account.missing) for (const line of logOf(installation, id)) onStep(line);
      const measures = sumOfMeasures(...byPhase.values(), fleet.take());
      return { account, measures, byPhase, exitCodes, brokenPromises, kills, restarts: exitCodes.length };
    } finally {
      await fleet.close();
    }
  } finally {
    await installation.close();
  }
}

async function injectFaults(
  { gateways, cloud, whenUp }: Installation,
  { confirm, kills, killEveryMs, downMs, cloudAwayMs, calmMs, seed, onStep = () => undefined }: TrialOptions,
  endOf: (phase: Phase) => void,
): Promise<Pick<Trial, 'exitCodes' | 'kills'>> {
  const random = seededRandom(seed);
  await delay(calmMs);
  endOf('calm');
  for (let kill = 0; kill < kills; kill++) {
    const gateway = random.pick(gateways);
    onStep(`kill ${kill + 1} of ${kills}: gateway ${gateways.indexOf(gateway) + 1}`);
    const nextAtMs = performance.now() + killEveryMs;
    await gateway.kill('SIGKILL');
    if (confirm === 'cloud') gateway.forget();
    await delay(downMs);
    await gateway.start();
    await delay(nextAtMs - performance.now());
  }
  await delay(calmMs);
  endOf('kills');
  onStep(`the cloud is away for ${cloudAwayMs / 1_000} s`);
  await cloud.kill();
  await delay(cloudAwayMs);
  await cloud.start();
  onStep('the cloud is back');
  await delay(calmMs);
  endOf('cloudAway');
  const exitCodes: (number | null)[] = [];
  for (const [i, gateway] of gateways.entries()) {
    onStep(`gateway ${i + 1} is restarted`);
    const outcome = await gateway.kill('SIGTERM');
    exitCodes.push(outcome?.code ?? null);
    if (confirm === 'cloud') gateway.forget();
    await gateway.start();
    await whenUp();
  }
  await delay(calmMs);
  endOf('rollingRestart');
  return { exitCodes, kills };
}

/** The account once nothing is missing, or as it is when that takes too long. */
async function settledAccount(clients: Installation['clients'], turns: readonly LoadTurn[]): Promise<Account> {
  // The cloud has enough to do without sending recordings again and again.
  const whole = new Set<string>();
  for (const limitMs = performance.now() + HEALING_LIMIT_MS; ; ) {
    const account = await accountOf(clients, turns, whole);
    if (account.problems.length === 0 || performance.now() > limitMs) return account;
    await delay(CHECK_MS);
  }
}

/** What the gateways say of a turn. */
function logOf({ gateways }: Installation, turn: string): string[] {
  return gateways.flatMap((gateway, i) =>
    gateway.log().flatMap((line) => (line.includes(turn) ? [`gateway ${i + 1}: ${line}`] : [])),
  );
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
