/**
 * Finds the knee: the number of devices from which replies come late, or fail. More and more devices speak; when it bends, the step before and this one are
 * brought closer to each other.
 */
import type { DeviceKind } from './load-device.ts';
import { type LoadSummary, loadSummary, turnsOf } from './load-result.ts';
import { measureFor, sum } from './measurement.ts';
import { noMeasures, sumOfMeasures } from './measures.ts';
import { connect, endOfAll, type LoadObserver, type LoadPlan, withParts } from './run-load.ts';

/**
 * - `delay`: the 99th percentile of the delay is more than twice the lowest one of the steps before, and 20 ms more
 * - `errors`: more than 1 % of the turns were not answered, or a frame was lost or came twice
 * - `loader`: like `delay`, but this program was too late itself: what it measured is not the gateway's
 */
export type Bend = 'delay' | 'errors' | 'loader';

export interface RampStep extends LoadSummary {
  /** Null: it does not bend here. */
  bend: Bend | null;
}

export interface RampResult {
  gatewayUrl: string;
  seed: number;
  arrivals: { pattern: string; turnsPerMinute: number };
  kind: DeviceKind;
  network: string;
  /** In the order of the number of devices. */
  steps: RampStep[];
  /** Of the whole ramp, also between its steps. */
  turns: LoadSummary['turns'];
  /** `devices`: the most for which it does not bend. Null: it bends nowhere, or already in the first step. */
  knee: { devices: number; bendsFromDevices: number; bend: Bend } | null;
}

const FIRST_SHARE = 1 / 16;
const GROWTH = 1.5;
/** The steps on both sides of the knee are close enough when they are less than this apart. */
const CLOSE = 1.15;
const DELAY_FACTOR = 2;
const DELAY_MS = 20;
const FAILED_SHARE = 0.01;
/** A step begins so long after its devices have begun to speak. */
const SETTLE_MS = 2_000;

type StepFigures = Pick<LoadSummary, 'devices' | 'turns' | 'frames' | 'delayMs'> & {
  loader: Pick<LoadSummary['loader'], 'isLate'>;
};

export async function runRamp(
  plan: LoadPlan,
  observer: LoadObserver & { onStep(step: RampStep): void },
): Promise<RampResult> {
  const { devices: most, seconds, pattern, turnsPerMinute } = plan;
  const steps: RampStep[] = [];
  const turns = await withParts(plan, async (parts) => {
    let all = noMeasures();
    for (let devices = nextStep(steps, most); devices !== undefined; devices = nextStep(steps, most)) {
      await connect(parts, devices, observer);
      await parts.talk({ pattern, turnsPerMinute, lengthMs: SETTLE_MS + seconds * 1_000 });
      const settling = await measureFor({ ...plan, ...observer, parts, seconds: SETTLE_MS / 1_000, onPoint() {} });
      const measurement = await measureFor({ ...plan, ...observer, parts });
      all = sumOfMeasures(all, settling.measures, measurement.measures);
      if (observer.signal.aborted) break;
      const summary = loadSummary(devices, plan.parts, measurement);
      const step: RampStep = { ...summary, bend: bendOf(summary, steps) };
      steps.push(step);
      steps.sort((a, b) => a.devices - b.devices);
      observer.onStep(step);
    }
    const end = await endOfAll(parts, observer);
    return turnsOf(sumOfMeasures(all, end.measures), end.talking);
  });
  const { gateway: gatewayUrl, seed, kind, network } = plan;
  return { gatewayUrl, seed, kind, network, arrivals: { pattern, turnsPerMinute }, steps, turns, knee: kneeOf(steps) };
}

/** @param others steps that were measured before */
export function bendOf(step: StepFigures, others: readonly (StepFigures & { bend: Bend | null })[]): Bend | null {
  const { turns, frames } = step;
  const failed = sum(turns.notAnswered);
  if (frames.lost + frames.duplicated + frames.wrong > 0) return 'errors';
  if (failed > FAILED_SHARE * (failed + turns.answered)) return 'errors';
  const before = others.filter(({ bend, devices }) => !bend && devices < step.devices);
  const lowest = Math.min(...before.map((each) => replyDelayOf(each) ?? Number.POSITIVE_INFINITY));
  const isBent = (replyDelayOf(step) ?? 0) > Math.max(DELAY_FACTOR * lowest, lowest + DELAY_MS);
  if (!isBent) return null;
  return step.loader.isLate ? 'loader' : 'delay';
}

/** How many devices the next step has; undefined: enough is known. @param steps by their number of devices */
export function nextStep(steps: readonly Pick<RampStep, 'devices' | 'bend'>[], most: number): number | undefined {
  const bad = steps.find(({ bend }) => bend)?.devices;
  const good = steps.findLast(({ devices, bend }) => !bend && devices < (bad ?? Number.POSITIVE_INFINITY))?.devices;
  if (bad === undefined) {
    if (good === undefined) return Math.max(1, Math.round(most * FIRST_SHARE));
    return good < most ? Math.min(most, Math.ceil(good * GROWTH)) : undefined;
  }
  if (good === undefined || bad / good < CLOSE) return undefined;
  const middle = Math.round(Math.sqrt(good * bad));
  return middle > good && middle < bad ? middle : undefined;
}

function kneeOf(steps: readonly RampStep[]): RampResult['knee'] {
  const bad = steps.find(({ bend }) => bend);
  const good = steps.findLast(({ devices }) => devices < (bad?.devices ?? 0));
  return bad?.bend && good ? { devices: good.devices, bendsFromDevices: bad.devices, bend: bad.bend } : null;
}

/** Of replies; of those that begin during the utterance, the delay that was added. */
export function replyDelayOf({ delayMs }: Pick<LoadSummary, 'delayMs'>): number | undefined {
  return (delayMs.reply ?? delayMs.added)?.p99;
}
