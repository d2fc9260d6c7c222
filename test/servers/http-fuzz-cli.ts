/**
 * `npm run test:http-fuzz -- --requests 1000000`: mutated requests at every server, or at one, and the results.
 */
import { commandOptions, count, oneOf } from '../support/command-options.ts';
import { fuzz, peakMemoryMb } from './http-fuzz.ts';
import { NAMES, openServers } from './servers.ts';

const { requests, seed, server } = commandOptions(
  'npm run test:http-fuzz',
  'Mutated requests at every server, or at one.',
  {
    requests: count('at each server', 100_000),
    seed: count('the same seed sends the same', 12, 0),
    server: oneOf(NAMES, 'only this one'),
  },
);

const all = await openServers();
for (const name of server === undefined ? NAMES : [server]) {
  const target = all.servers[name];
  const startedMs = performance.now();
  const done = await fuzz({ server: target, requests, seed, meanwhile: () => target.answers() });
  await target.answers();
  const seconds = (performance.now() - startedMs) / 1_000;
  process.stdout.write(
    `${name}: ${done.requests} requests, ${done.upgrades} upgrades, ${done.connections} connections in ` +
      `${seconds.toFixed(1)} s; it answers; at most ${peakMemoryMb(target.pid).toFixed(0)} MB\n`,
  );
}
await all.close();
