/**
 * Pairing by the commands: what the operator and the owner of a device are told. A device is reported as paired only when it has its token.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { dial, hello } from '../support/client.ts';
import { cloudClients } from '../support/cloud-clients.ts';

describe('with a gateway', () => {
  let state: string;
  let gateway: RunningCli;
  let url: string;
  before(async () => {
    state = mkdtempSync(join(tmpdir(), 'earshot-pair-'));
    gateway = earshot(['gateway', '--port', '0', '--json', '--state', state]);
    url = JSON.parse(await gateway.line(/^\{/)).url;
  });
  after(async () => {
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended).code, 0);
    rmSync(state, { recursive: true });
  });

  test('a connected device is paired; a disconnected one is not', async () => {
    const approve = (code: unknown) => earshot(['pair', 'approve', String(code), '--state', state]).ended;

    const there = await dial(url);
    there.send(hello('kitchen'));
    const { code } = await there.waitForMessage('pair.pending');
    const approved = await approve(code);
    assert.deepEqual([approved.code, approved.stdout], [0, 'kitchen is paired\n']);
    await there.waitForMessage('pair.approved');

    const gone = await dial(url);
    gone.send(hello('cellar'));
    const { code: itsCode } = await gone.waitForMessage('pair.pending');
    gone.terminate();
    const list = async () => (await earshot(['pair', 'list', '--state', state]).ended).stdout;
    while ((await list()).includes('cellar'));
    const refused = await approve(itsCode);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /The device that showed this code has disconnected\. The device shows a new one/);

    // A request whose gateway crashed: its token is never claimed, and the request is not withdrawn.
    const { asGateway, close } = cloudClients(JSON.parse(readFileSync(join(state, 'cloud.json'), 'utf8')));
    await asGateway.mutation(api.pairing.request, { request: 'r', code: '123456', device: 'attic' });
    await close();
    const unclaimed = await approve('123456');
    assert.equal(unclaimed.code, 1);
    assert.match(unclaimed.stderr, /attic did not claim its token: it is not paired/);
    assert.ok(!(await list()).includes('attic'));
  });

  test('from the code to a revoked token, and to the next code: each says what is to be done', () =>
    inTemporaryFolder(async (folder) => {
      const pair = async (...words: string[]) => (await earshot(['pair', ...words, '--state', state]).ended).stdout;
      const run = (...more: string[]) => {
        const files = ['--input', 'silence', '--output', 'null', '--state', join(folder, 'device')];
        return earshot(['run', '--gateway', url, '--name', 'hall', ...files, ...more]);
      };
      const approve = async (device: ReturnType<typeof run>) => {
        const [, code = ''] =
          /^pairing code (\d{6}): the operator runs "earshot pair approve \1" until /.exec(
            await device.message(/^pairing code/),
          ) ?? [];
        const said = await pair('approve', code);
        await device.message(/^connected$/);
        return said;
      };

      const device = run();
      assert.equal(await approve(device), 'hall is paired\n');
      const advice = 'the token of hall is revoked; to pair it again, start it with: earshot run --pair-again\n';
      assert.equal(await pair('revoke', 'hall'), advice);
      await device.message(
        /^not connected: .* token of this device was revoked\. Pair it again: earshot run --pair-again/,
      );
      device.kill('SIGTERM');
      await device.ended;
      const again = run('--pair-again');
      assert.equal(await approve(again), 'hall is paired\n');
      again.kill('SIGTERM');
      assert.equal((await again.ended).code, 0);
    }));
});
