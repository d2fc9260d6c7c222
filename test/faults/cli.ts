/**
 * `npm run faults -- …`: the fault proxy, for trying out how the system handles faults.
 */

import { commandOptions, count, text } from '../support/command-options.ts';
import { seededRandom } from '../support/random.ts';
import { inject, networkFaults, startFaultProxy } from './proxy.ts';

const options = commandOptions(
  'npm run faults',
  'A bad network between a device and a gateway: point the device at the proxy.',
  {
    to: text('host:port', 'the gateway; needed'),
    port: count('to listen on', 4_434),
    delayMs: count('one way', 0, 0),
    jitterMs: count('mean of the exponential jitter added to it', 0, 0),
    bytesPerSecond: count('in each direction; 0: no limit', 0, 0),
    faultsPerMinute: count('stalls, resets, cuts and silences, at random', 0, 0),
    seed: count('repeats the same faults', 1, 0),
  },
);
const { to, port, delayMs, jitterMs, bytesPerSecond, faultsPerMinute, seed } = options;
const [host, targetPort] = (to ?? '').split(':');
if (!host || !targetPort) {
  process.stderr.write('error: --to HOST:PORT is needed (see npm run faults -- --help)\n');
  process.exit(2);
}

const proxy = await startFaultProxy({
  target: { host, port: Number(targetPort) },
  ...{ port, delayMs, jitterMs, bytesPerSecond, seed },
});
process.stdout.write(`listening on 127.0.0.1:${proxy.port}, forwarding to ${to}; Ctrl-C to stop\n`);

const random = seededRandom(seed);
function schedule(): void {
  const [fault] = networkFaults(random, 1, 0);
  if (!fault) return;
  setTimeout(
    () => {
      process.stdout.write(`${JSON.stringify(fault)}\n`);
      inject(proxy, fault);
      schedule();
    },
    (-Math.log(1 - random.next()) * 60_000) / faultsPerMinute,
  );
}
if (faultsPerMinute > 0) schedule();
