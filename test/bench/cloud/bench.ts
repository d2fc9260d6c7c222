/**
 * `npm run bench:cloud`: what the embedded cloud costs and how fast it is, as it is shipped: `bin/earshot gateway` over a state folder, devices
 * with tokens, the official clients. Floors are measured in the same run. Its exit code is 1 when a goal is missed.
 *
 *     npm run bench:cloud -- [--devices 1000] [--turns 100000] [--recordings 300] [--kills 200] [--json] [--plot cloud.svg]
 *
 * `--recordings`: megabytes. With `--plot` smaller numbers of devices and turns are measured, too.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { chart, commandOptions, count, flag } from '../../support/command-options.ts';
import { type Connected, measureConnected } from './connected.ts';
import { rawEcho, rawInserts, rawLookups } from './floors.ts';
import { plot, type Stored } from './plot.ts';
import { startProduct } from './product.ts';
import { type Figure, isMissed, table } from './report.ts';
import { seed } from './seed.ts';
import { insertTurns, lookUpByClient, lookUpInDatabase, storeRecordings } from './stored.ts';

const options = commandOptions('npm run bench:cloud', 'The embedded cloud: its speed, memory and safety, with goals.', {
  devices: count('devices that connect', 1_000),
  turns: count('turns that are stored', 100_000),
  recordings: count('megabytes of recordings', 300),
  kills: count('of a process that writes', 200, 0),
  idleSeconds: count('without any call', 20),
  json: flag('prints JSON'),
  plot: chart('draws it; smaller numbers of devices and turns are measured, too'),
});
const { devices, turns, recordings: megabytes, idleSeconds } = options;

const LOOKUPS = 1_000;
const INSERTS = 300;
const CHANGES = 100;
/** Of the cloud whose memory is measured. */
const TURNS_BESIDE_DEVICES = 10_000;

const progress = createProgress();
const figures: Figure[] = [];
const connected: Connected[] = [];
const stored: Stored[] = [];

async function withDevices(folder: string, count: number, isFull: boolean): Promise<Connected> {
  const state = join(folder, `devices-${count}`);
  mkdirSync(state, { mode: 0o700 });
  await seed(state, { devices: count, turns: isFull ? Math.min(turns, TURNS_BESIDE_DEVICES) : 0 });
  const product = await startProduct(state);
  try {
    const of = { devices: count, changes: CHANGES, idleSeconds };
    return await measureConnected(product, isFull ? { ...of, fill: (it) => storeRecordings(it, megabytes) } : of);
  } finally {
    await product.stop();
  }
}

async function withTurns(folder: string, count: number, isFull: boolean): Promise<Stored> {
  const state = join(folder, `turns-${count}`);
  mkdirSync(state, { mode: 0o700 });
  const seeded = await seed(state, { devices: 100, turns: count });
  const database = await lookUpInDatabase(state, seeded.turns, LOOKUPS);
  const product = await startProduct(state);
  try {
    const lookup = await lookUpByClient(product, seeded.turns, LOOKUPS);
    const rows = `${count.toLocaleString('en')} turns`;
    const floor = (await rawLookups(folder, count, LOOKUPS)).p50;
    const isGoal = isFull || count === 10_000;
    figures.push(
      {
        what: `lookup in the database, ${rows}, p50`,
        value: database.p50,
        unit: 'ms',
        ...(isGoal && { goal: 1 }),
        floor,
      },
      { what: `turns:get by the client, ${rows}, p50`, value: lookup.p50, unit: 'ms' },
      {
        what: `start of the cloud, ${rows}`,
        value: product.startMs / 1_000,
        unit: 's',
        ...(isFull && { goal: 1 }),
      },
    );
    if (isFull) await insertsInto(product, folder);
    return { turns: count, lookupMs: lookup.p50, startMs: product.startMs };
  } finally {
    await product.stop();
  }
}

async function insertsInto(product: Awaited<ReturnType<typeof startProduct>>, folder: string): Promise<void> {
  const { alone, atOnce64 } = await insertTurns(product, INSERTS);
  const raw = await rawInserts(folder, INSERTS);
  figures.push(
    { what: 'turns:record by the client, one after another, p50', value: alone.p50, unit: 'ms', floor: raw.p50 },
    { what: 'the same, a second', value: alone.perSecond, unit: '/s', floor: raw.perSecond },
    { what: 'the same, 64 at once', value: atOnce64, unit: '/s' },
  );
}

function tellConnected(of: Connected, echoMs: number): void {
  const n = `${of.devices.toLocaleString('en')} devices`;
  const isGoal = of.devices === devices;
  const goal = (value: number) => (isGoal ? { goal: value } : {});
  figures.push(
    { what: `${n} connect with tokens, all have their settings`, value: of.connectMs / 1_000, unit: 's', ...goal(10) },
    { what: `${n}: CPU of the cloud for it`, value: of.cpuMs / 1_000, unit: 's', ...goal(3) },
    { what: `${n}: idle CPU of the cloud, of a core`, value: of.idlePercent, unit: '%', ...goal(1) },
    { what: `${n}: a change reaches its watchers, p50`, value: of.changeMs.p50, unit: 'ms', floor: echoMs },
    { what: `${n}: a change reaches its watchers, p95`, value: of.changeMs.p95, unit: 'ms', ...goal(20) },
    { what: `${n}: queries executed for it`, value: of.executionsPerChange, unit: '', ...goal(3.5) },
    {
      what: `${n}: memory${isGoal ? `, with ${megabytes} MB of recordings` : ''}`,
      value: of.memoryMb,
      unit: 'MB',
      ...goal(100),
    },
  );
}

/** test/cloud-database/kill.test.ts: it fails when something acknowledged is lost, something is half, or the file is not sound. */
function killWriters(kills: number): void {
  const file = fileURLToPath(new URL('../../cloud-database/kill.test.ts', import.meta.url));
  const env = { ...process.env, EARSHOT_CLOUD_KILLS: String(kills) };
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--test', file], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) process.stderr.write(stdout);
  const of = /(\d+) acknowledgements/.exec(stdout)?.[1] ?? 'no';
  const what = `kill -9 of a writer, ${kills} times, ${of} acknowledgements: lost or half`;
  figures.push({ what, value: status === 0 ? 0 : 1, unit: '', goal: 0 });
}

await inTemporaryFolder(async (folder) => {
  const echo = await rawEcho(LOOKUPS);
  const smaller = options.plot === undefined ? [] : [devices / 10, (devices * 3) / 10].map(Math.round);
  for (const count of [...smaller, devices]) {
    progress.update(`${count} devices`, undefined);
    const of = await withDevices(folder, count, count === devices);
    connected.push(of);
    tellConnected(of, echo.p50);
  }
  for (const count of [...new Set([...(options.plot === undefined ? [] : [1_000]), Math.min(10_000, turns), turns])]) {
    progress.update(`${count} turns`, undefined);
    stored.push(await withTurns(folder, count, count === turns));
  }
});
progress.update(`${options.kills} kills`, undefined);
if (options.kills > 0) killWriters(options.kills);
progress.end();
if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else for (const line of table(figures)) process.stdout.write(`${line}\n`);
if (options.plot !== undefined) await plot(options.plot, connected, stored);
if (figures.some(isMissed)) process.exitCode = 1;
