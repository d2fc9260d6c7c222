/**
 * The cost of a scope per frame: a channel with a guarded receiver, compared with an unguarded one. In alternation, so
 * that both have the same conditions; the median of the rounds counts.
 */
import { createChannel } from '../../src/core/actor/channel.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';

const ROUNDS = 15;
const SENDS = 2_000_000;
/**
 * Events per second of a device in a turn, in both directions and twice each (capture, encoder, store, network;
 * network, player).
 */
const EVENTS_PER_SECOND = 200;

function nsPerSend(isGuarded: boolean): number {
  const channel = createChannel<{ turn: number }>({ name: 'bench', limit: 10, whenFull: 'drop-oldest' });
  let sum = 0;
  const receiver = (event: { turn: number }) => {
    sum += event.turn;
  };
  const scope = createScope('bench', { clock: systemClock, log: silentLog, onCrash() {} });
  if (isGuarded) scope.receive(channel, receiver);
  else channel.receive(receiver);
  const event = { turn: 1 };
  const startedAt = process.hrtime.bigint();
  for (let i = 0; i < SENDS; i++) channel.send(event);
  const ns = Number(process.hrtime.bigint() - startedAt) / SENDS;
  if (sum !== SENDS) throw new Error('events are missing');
  return ns;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const bare: number[] = [];
const guarded: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  bare.push(nsPerSend(false));
  guarded.push(nsPerSend(true));
}
const costNs = median(guarded) - median(bare);
const lines = [
  `a send to a bare receiver     ${median(bare).toFixed(1)} ns`,
  `a send to a guarded receiver  ${median(guarded).toFixed(1)} ns`,
  `the guard                     ${costNs.toFixed(1)} ns, ${((costNs * EVENTS_PER_SECOND) / 1_000).toFixed(1)} µs per second of a turn`,
];
process.stdout.write(`${lines.join('\n')}\n`);
