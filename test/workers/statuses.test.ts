/**
 * What the processes of a gateway tell of themselves adds up; one that does not answer is left out.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge } from '../../src/core/metrics/metric-family.ts';
import { addStatuses } from '../../src/gateway/metrics/add-statuses.ts';
import type { GatewayStatus } from '../../src/gateway/metrics/gateway-status.ts';
import type { ToWorker } from '../../src/gateway/workers/messages.ts';
import { gatherStatuses } from '../../src/gateway/workers/statuses.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const records = { waiting: 2, dropped: 1, refused: 0, deadLetters: 3 };
const provider = {
  part: 'brain',
  provider: 'openai',
  circuit: 'closed',
  requests: 5,
  inFlight: 1,
  failures: 1,
  skipped: 0,
  fallbacks: 1,
} as const;

function status(connections: number, more: Partial<GatewayStatus> = {}): GatewayStatus {
  return {
    health: { connections, handshakes: 1, records, providers: [provider] },
    reasons: [],
    isCloudConnected: true,
    metrics: [
      counter('turns_total', 'Turns.', [{ labels: { outcome: 'done' }, value: connections }]),
      gauge('earshot_gateway_ready', 'Ready.', 1),
    ],
    ...more,
  };
}

test('counts add up; what says yes or no does not', () => {
  const notReady = status(4, {
    reasons: ['full'],
    isCloudConnected: false,
    metrics: [gauge('earshot_gateway_ready', 'Ready.', 0)],
  });
  const { health, reasons, isCloudConnected, metrics } = addStatuses([status(3), notReady, notReady]);
  assert.equal(health.connections, 11);
  assert.equal(health.handshakes, 3);
  assert.deepEqual(health.records, { waiting: 6, dropped: 3, refused: 0, deadLetters: 9 });
  assert.deepEqual(health.providers, [{ ...provider, requests: 15, inFlight: 3, failures: 3, fallbacks: 3 }]);
  assert.deepEqual(reasons, ['full']);
  assert.equal(isCloudConnected, false);
  const values = Object.fromEntries(metrics.map(({ name, samples }) => [name, samples.map(({ value }) => value)]));
  assert.deepEqual(values, { turns_total: [3], earshot_gateway_ready: [0] });
});

test('a provider that fails in one process is told', () => {
  const failing = status(1, { health: { ...status(1).health, providers: [{ ...provider, circuit: 'open' }] } });
  const [added] = addStatuses([status(1), failing]).health.providers ?? [];
  assert.equal(added?.circuit, 'open');
});

test('the worker that asks gets those of the others; one that hangs is left out after a second', () => {
  const clock = new SimulatedClock();
  const sent: [slot: number, message: ToWorker][] = [];
  const workers = [1, 2, 3].map((slot) => ({
    slot,
    isReady: () => true,
    send: (message: ToWorker) => void sent.push([slot, message]),
  }));
  const own = status(0);
  const { receive } = gatherStatuses({ workers, own: () => own, clock });
  const answer = () => sent.find(([slot, { kind }]) => slot === 1 && kind === 'statuses')?.[1];
  receive(1, { kind: 'tell statuses', call: 9 });
  const asked = sent.filter(([, { kind }]) => kind === 'tell status');
  assert.deepEqual(
    asked.map(([slot]) => slot),
    [2, 3],
  );
  const [, question] = asked[0] ?? [];
  assert.ok(question?.kind === 'tell status');
  const mine = status(7);
  receive(2, { kind: 'status', call: question.call, status: mine });
  receive(2, { kind: 'status', call: question.call, status: mine });
  assert.equal(answer(), undefined);
  clock.increment(1_000);
  assert.deepEqual(answer(), { kind: 'statuses', call: 9, statuses: [own, mine] });
});
