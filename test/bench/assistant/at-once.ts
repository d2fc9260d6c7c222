/**
 * Ten conversations with the assistant at the same time, and an echo session beside them: the first audio of each reply, the memory
 * of the gateway with everything that belongs to it, and how much longer the echo's frames take than without the conversations.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type Percentiles, percentiles } from '../../../src/tools/latency/statistics.ts';
import { here } from '../children.ts';
import { memoryOf, sum } from '../counters.ts';
import { buildGateway } from './build-gateway.ts';
import type { DeviceLoad, DeviceLoadResult } from './device-load.ts';
import type { GatewayReport } from './gateway-process.ts';

export interface AtOnceResult {
  devices: number;
  seconds: number;
  turns: number;
  failedTurns: number;
  /** At the device, from its last packet to the first of the reply. */
  firstAudioMs: Percentiles;
  /** Of the gateway's process and all that it started, the largest of one a second. */
  residentMb: number;
  /** Of the same second: the gateway first, then its embedded cloud. */
  processesMb: number[];
  /** The gateway's queues at the end: what was dropped in each. */
  queues: GatewayReport['queues'];
  /** Round trip of the echo's frames, without and beside the conversations. */
  echoAloneMs: Percentiles;
  echoBesideMs: Percentiles;
  /** p99 beside them less the median without them. */
  echoAddedP99Ms: number;
}

const ALONE_SECONDS = 20;
/** As `bin/earshot gateway` starts Node. */
const AS_SHIPPED = {
  options: ['--no-allocation-site-pretenuring', '--max-semi-space-size=8'],
  environment: { MALLOC_ARENA_MAX: '2' },
};

export async function measureAtOnce(
  devices: number,
  seconds: number,
  onStep: (what: string) => void,
): Promise<AtOnceResult> {
  onStep('building the gateway');
  const built = await buildGateway();
  const gateway = fork(built.path, {
    execArgv: AS_SHIPPED.options,
    env: { ...AS_SHIPPED.environment, ...process.env },
  });
  const [{ url }] = (await once(gateway, 'message')) as [{ url: string }];
  const pid = gateway.pid as number;
  try {
    onStep('echo alone');
    const alone = await load({ url, devices: 0, seconds: ALONE_SECONDS });
    onStep(`${devices} conversations at once`);
    let processesMb: number[] = [];
    const sampling = setInterval(() => {
      const now = familyOf(pid).map((each) => memoryOf(each).residentMb);
      if (sum(now) > sum(processesMb)) processesMb = now;
    }, 1_000);
    const beside = await load({ url, devices, seconds });
    clearInterval(sampling);
    gateway.send('report');
    const [{ queues }] = (await once(gateway, 'message')) as [GatewayReport];
    const echoAloneMs = statistics(alone.echoMs);
    const echoBesideMs = statistics(beside.echoMs);
    return {
      ...{ devices, seconds, turns: beside.firstAudioMs.length + beside.failed, failedTurns: beside.failed },
      ...{
        firstAudioMs: statistics(beside.firstAudioMs),
        residentMb: sum(processesMb),
        processesMb,
        queues,
        echoAloneMs,
        echoBesideMs,
      },
      echoAddedP99Ms: echoBesideMs.p99 - echoAloneMs.p50,
    };
  } finally {
    const ended = once(gateway, 'exit');
    gateway.send('close');
    await ended;
    built.remove();
  }
}

async function load(options: DeviceLoad): Promise<DeviceLoadResult> {
  const child = fork(here('assistant/device-load.ts'), [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the devices ended with ${code}`)));
  failed.catch(() => {}); // It also ends after its result, when nobody waits any more.
  const [result] = (await Promise.race([once(child, 'message'), failed])) as [DeviceLoadResult];
  return result;
}

/** The process and all that it started. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    const list = readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  });
  return [pid, ...children.flatMap(familyOf)];
}

function statistics(values: readonly number[]): Percentiles {
  const found = percentiles(values);
  if (!found) throw new Error('nothing was measured');
  return found;
}
