/**
 * Twenty thousand mutated requests at each server that others can reach, including upgrades and frames, and fewer at the one that only its
 * user can: it continues to answer. `npm run test:http-fuzz -- --requests 1000000` sends more.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fuzz, peakMemoryMb } from './http-fuzz.ts';
import { NAMES, openServers, type ServerName, type Servers } from './servers.ts';

const REQUESTS = Number(process.env.EARSHOT_FUZZ_REQUESTS ?? 20_000);
const SEED = Number(process.env.EARSHOT_FUZZ_SEED ?? 12);
/** The memory limit of a process of ours, for any input. */
const MOST_MEMORY_MB = 256;

let all: Servers;
before(async () => {
  all = await openServers();
});
after(() => all.close());

/** The local API has little code of its own, and no WebSocket; of the other gateways only what comes before the requests is different. */
const SHARES: Partial<Record<ServerName, number>> = {
  'local API': 0.2,
  'proxied gateway': 0.1,
  'gateway with workers': 0.05,
};

for (const name of NAMES) {
  const most = REQUESTS * (SHARES[name] ?? 1);
  test(`the ${name} answers honest clients during ${most} mutated requests (seed ${SEED})`, async (t) => {
    const server = all.servers[name];
    const startedMs = performance.now();
    const { requests, upgrades, connections } = await fuzz({
      server,
      requests: most,
      seed: SEED,
      meanwhile: () => server.answers(),
    });
    await server.answers();
    const seconds = (performance.now() - startedMs) / 1_000;
    const memoryMb = peakMemoryMb(server.pid);
    t.diagnostic(
      `${requests} requests, ${upgrades} upgrades, ${connections} connections in ${seconds.toFixed(1)} s; ${memoryMb.toFixed(0)} MB`,
    );
    assert.ok(requests >= most);
    assert.ok(name === 'monitor' || upgrades > 0 === !server.refusesUpgrades);
    assert.ok(memoryMb < MOST_MEMORY_MB, `${memoryMb} MB`);
  });
}
