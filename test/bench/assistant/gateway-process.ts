/**
 * A gateway with the embedded assistant and its embedded cloud, in a process of its own; a device of one name gets the echo. Sends its
 * address, a report when it is asked, and ends when it is told.
 */
import { echo } from '../../../actors/responder/echo.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import { chooseResponder } from '../../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { startTemporaryGateway } from '../../../src/tools/latency/temporary-gateway.ts';

export interface GatewayReport {
  /** By name: how much was dropped or shed. */
  queues: { name: string; dropped: number }[];
}

const openAssistant = await chooseResponder({ responder: 'assistant', assistant: 'embedded' });
const gateway = await startTemporaryGateway(async (home) => {
  const opened = await openAssistant(home);
  const responder: Responder = (turn, answer) =>
    turn.device.name === 'bench-echo' ? echo(turn, answer) : opened.responder(turn, answer);
  return { ...opened, responder };
}, silentLog);
process.on('message', async (message) => {
  if (message === 'report') return process.send?.({ queues: [] } satisfies GatewayReport);
  await gateway.close();
  process.disconnect?.();
});
process.send?.({ url: gateway.url });
