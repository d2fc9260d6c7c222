/**
 * `npm run test:http-fuzz -- --requests 1000000`: mutated requests at every server, or at one, and the results.
 */
import { Command } from 'commander';
import { wholeNumber } from '../../src/cli/terminal/number-options.ts';
import { fuzz, peakMemoryMb } from './http-fuzz.ts';
import { NAMES, openServers, type ServerName } from './servers.ts';

const { requests, seed, server } = new Command('test:http-fuzz')
  .option('--requests <n>', 'at each server', wholeNumber(1, 1_000_000_000), 100_000)
  .option('--seed <n>', 'the same seed sends the same', wholeNumber(0, 2 ** 31), 12)
  .option('--server <name>', `one of ${NAMES.join(', ')}; default: all`)
  .parse()
  .opts<{ requests: number; seed: number; server?: ServerName }>();

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
