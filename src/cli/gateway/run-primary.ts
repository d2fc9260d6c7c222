/**
 * The primary of a gateway with several processes: it has the state folder, the embedded cloud, and the address; its workers are started with
 * the same command line.
 */
import { fork } from 'node:child_process';
import { lockState } from '../../core/files/state-lock.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { deploymentOf } from '../../gateway/cloud-address.ts';
import { publishGateway } from '../../gateway/gateway-address.ts';
import { openOwnCloud } from '../../gateway/own-cloud.ts';
import { moveQueues } from '../../gateway/workers/move-queues.ts';
import { startPrimary } from '../../gateway/workers/primary.ts';
import { cloudSettingsOf } from '../terminal/cloud-option.ts';
import { GATEWAY_SHUTDOWN_MS } from '../terminal/exit.ts';
import { limitsOf } from '../terminal/limit-options.ts';
import { drainSignal, stateOf } from '../terminal/options.ts';
import { type GatewayCommandOptions, proxiesOf } from './gateway-options.ts';
import { announceIn, tell } from './run-gateway.ts';

/** A worker that has not ended by then does not end by itself. */
const WORKER_END_MS = 5_000;

export async function runPrimary(options: GatewayCommandOptions, workers: number, log: Log): Promise<void> {
  const { host, port, tlsCert } = options;
  const { isEphemeral } = cloudSettingsOf(options);
  const limits = limitsOf(options);
  const proxies = proxiesOf(options);
  const state = stateOf(options);
  const unlockState = lockState({ state, roles: ['gateway'], command: 'earshot gateway', clock: systemClock, log });
  try {
    moveQueues(state, workers);
    const deployment = deploymentOf(process.env);
    const own = deployment ? undefined : openOwnCloud(state, isEphemeral, limits, log);
    try {
      const primary = await startPrimary({
        ...{
          host,
          port,
          workers,
          limits,
          proxies,
          isTls: tlsCert !== undefined,
          fork: forkWorker,
          clock: systemClock,
          log,
        },
        embedded: own && { gatewayKey: own.gatewayKey, isEphemeral },
        ...(own && { cloudUrl: own.url }),
      });
      const unpublish = publishGateway(state, primary.news.web);
      try {
        const place = deployment
          ? ({ kind: 'deployment', url: deployment.url } as const)
          : ({ kind: 'embedded', folder: own?.folder ?? '', isEphemeral } as const);
        const stopAnnouncing = await announceIn(options, primary.news, state, log);
        await tell(primary.news, place, options);
        await drainSignal();
        stopAnnouncing();
      } finally {
        unpublish();
        await primary.drain(options.drainTimeout * 1_000 + GATEWAY_SHUTDOWN_MS + WORKER_END_MS);
      }
    } finally {
      own?.close();
    }
  } finally {
    unlockState();
  }
}

function forkWorker() {
  const [, program = '', ...args] = process.argv;
  return fork(program, args, {
    // What a worker prints are messages.
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, EARSHOT_WORKER: '1', EARSHOT_STDOUT: '', EARSHOT_STDERR: '' },
  });
}
