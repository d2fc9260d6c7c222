/**
 * The cloud crashes during ten turns and restarts: it has all ten turns, and no audio waited for it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { cloudClients } from '../support/cloud-clients.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const TURNS = 10;
const DIES_IN = 3;
const IS_BACK_IN = 7;

test('the cloud is killed during ten turns and restarted', (t) =>
  inTemporaryFolder(async (root) => {
    const cloud = await startEmbeddedProcess();
    const { url: convexUrl, gatewayKey } = cloud;
    const gateway = earshot(
      ['gateway', '--open', '--port', '0', '--responder', 'echo', '--json', '--state', join(root, 'gw')],
      {
        env: { CONVEX_URL: convexUrl, EARSHOT_GATEWAY_KEY: gatewayKey },
      },
    );
    const { url } = JSON.parse(await gateway.line(/^\{/));
    const device = await connectDevice(url);
    t.after(() => {
      device.close();
      gateway.kill('SIGKILL');
      return cloud.close();
    });
    const frames = speechFrames().slice(0, 60);
    // The time for loading and compiling is not caused by the cloud.
    await device.speak({ frames, paceMs: FRAME_MS });

    const ids: string[] = [];
    const echoes: Record<'calm' | 'away', number[]> = { calm: [], away: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      const away = turn >= DIES_IN && turn <= IS_BACK_IN;
      const spoken = device.speak({ frames, paceMs: FRAME_MS });
      // In the middle of the turn.
      await new Promise((resolve) => setTimeout(resolve, (frames.length / 2) * FRAME_MS));
      if (turn === DIES_IN) await cloud.kill();
      const restarted = turn === IS_BACK_IN ? cloud.start() : undefined;
      const { id, roundTripsMs } = await spoken;
      await restarted;
      ids.push(id);
      assert.equal(roundTripsMs.length, frames.length);
      echoes[away ? 'away' : 'calm'].push(...roundTripsMs);
      // The gateway's disk has the turn, with or without the cloud.
      await device.waitFor('turn.stored', (message) => message.id === id);
    }
    for (const id of ids) await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
    // The median: short delays of a busy machine are not caused by the cloud either.
    const [calmMs, awayMs] = [median(echoes.calm), median(echoes.away)];
    assert.ok(awayMs <= calmMs + 5 * FRAME_MS, `an echo took ${awayMs} ms without the cloud, ${calmMs} with it`);

    const { asOperator, close } = cloudClients(cloud);
    const turns = await asOperator.query(api.turns.list, { device: 'kitchen', limit: 100 });
    const recorded = turns.filter(({ turn }) => ids.includes(turn));
    assert.equal(recorded.length, TURNS);
    for (const { recording } of recorded) assert.equal(recording?.durationMs, frames.length * FRAME_MS);

    await close();
    device.close();
    gateway.kill('SIGTERM');
    const { code, stderr } = await gateway.ended;
    assert.equal(code, 0, stderr);
    await cloud.close();
  }));

function median(timesMs: number[]): number {
  return [...timesMs].sort((a, b) => a - b)[Math.floor(timesMs.length / 2)] ?? Number.NaN;
}
