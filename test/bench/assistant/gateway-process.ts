/**
 * A gateway with the embedded assistant and its embedded cloud, in a process of its own; a device of one name gets the echo. Sends its
 * address, a report when it is asked, and ends when it is told.
 */
import { echo } from '../../../actors/responder/echo.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import type { QueueMetrics, QueueRegistry } from '../../../src/core/actor/queue-metrics.ts';
import { defaultModelsFolder } from '../../../src/core/files/paths.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { loadAssistantConfig } from '../../../src/gateway/assistant/config.ts';
import { openAssistant } from '../../../src/gateway/assistant/open-assistant.ts';
import { startTemporaryGateway } from '../../../src/tools/latency/temporary-gateway.ts';

export interface GatewayReport {
  /** By name: how much was dropped or shed. */
  queues: { name: string; dropped: number }[];
}

const readers = new Set<() => readonly QueueMetrics[]>();
const queues: QueueRegistry = {
  watch(read) {
    readers.add(read);
    return () => void readers.delete(read);
  },
};
const config = await loadAssistantConfig({ spec: 'embedded', environment: {} });
const gateway = await startTemporaryGateway(async (home) => {
  const assistant = await openAssistant({
    ...{ config, ...home, queues, clock: systemClock, modelsFolder: defaultModelsFolder() },
  });
  await assistant.prepare();
  const responder: Responder = (turn, answer) =>
    turn.device.name === 'bench-echo' ? echo(turn, answer) : assistant.responder(turn, answer);
  return { responder, close: assistant.close };
}, silentLog);

function report(): GatewayReport {
  return { queues: [...readers].flatMap((read) => read()).map(({ name, dropped }) => ({ name, dropped })) };
}

process.on('message', async (message) => {
  if (message === 'report') return process.send?.(report());
  await gateway.close();
  process.disconnect?.();
});
process.send?.({ url: gateway.url });
