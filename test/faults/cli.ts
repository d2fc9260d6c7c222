/**
 * `npm run faults -- …`: the fault proxy, for trying out how the system handles faults.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../support/random.ts';
import { inject, networkFaults, startFaultProxy } from './proxy.ts';

const HELP = `Usage: npm run faults -- --to HOST:PORT [options]

Puts a bad network between a device and a gateway: point the device at the proxy.

  --to HOST:PORT       the gateway
  --port N             port to listen on (default 4434)
  --delay-ms N         one way delay (default 0)
  --jitter-ms N        mean of the exponential jitter added to it (default 0)
  --bytes-per-second N bandwidth, in each direction (default: no limit)
  --faults-per-minute N stalls, resets, cuts and silences, at random (default 0)
  --seed N             repeats the same faults (default 1)
`;

const { values } = parseArgs({
  options: {
    to: { type: 'string' },
    port: { type: 'string', default: '4434' },
    'delay-ms': { type: 'string', default: '0' },
    'jitter-ms': { type: 'string', default: '0' },
    'bytes-per-second': { type: 'string', default: '0' },
    'faults-per-minute': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const [host, targetPort] = (values.to ?? '').split(':');
if (values.help || !host || !targetPort) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const seed = Number(values.seed);
const proxy = await startFaultProxy({
  target: { host, port: Number(targetPort) },
  port: Number(values.port),
  delayMs: Number(values['delay-ms']),
  jitterMs: Number(values['jitter-ms']),
  bytesPerSecond: Number(values['bytes-per-second']),
  seed,
});
process.stdout.write(`listening on 127.0.0.1:${proxy.port}, forwarding to ${values.to}; Ctrl-C to stop\n`);

const perMinute = Number(values['faults-per-minute']);
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
    (-Math.log(1 - random.next()) * 60_000) / perMinute,
  );
}
if (perMinute > 0) schedule();
