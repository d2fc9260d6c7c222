/**
 * Stored data in the console, in Chromium, at a real gateway with its embedded cloud: retention, recordings as a choice, export, deletion.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { api } from '../../convex/_generated/api.js';
import { cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';
import { turnId } from '../support/records.ts';
import { connectDevice } from '../support/wire-device.ts';
import { findFaults } from './accessibility.ts';
import { browserMissing, stepsOf, withBrowser } from './browser.ts';
import { openConsoleGateway, signIn } from './console-gateway.ts';

const TURNS = 150;

test('an operator decides what is stored, exports it and deletes it', { skip: browserMissing() }, async (t) => {
  const step = stepsOf(t);
  const gateway = await openConsoleGateway(['--open', '--responder', 'parrot']);
  const { asGateway, asOperator, close } = cloudClients(gateway.cloud);
  try {
    const device = await connectDevice(gateway.url, { name: 'hall' });
    const { id } = await device.speak();
    device.close();
    for (let n = 0; n < TURNS; n++) {
      const record = { turn: turnId(n), session: 's', trigger: 'wake', offline: false, startedAt: 1 + n } as const;
      await asGateway.mutation(api.turns.record, {
        device: 'hall',
        record: { ...record, state: 'idle', outcome: 'done', transcript: `number ${n}` },
      });
    }
    await eventually(async () => await asOperator.query(api.recordings.url, { turn: id }), 'the recording is stored');

    await withBrowser(async (browser) => {
      const { page, complaints, foreign } = await signIn(browser, gateway, { place: '#/storage' });
      const retention = () => asOperator.query(api.retention.get, {});

      await step('days and the choice of recordings are stored', async () => {
        const days = page.getByRole('spinbutton', { name: /^Conversations/ });
        const save = page.locator('form').filter({ has: days }).getByRole('button', { name: 'Save' });
        await days.fill('7');
        await save.click();
        await page.getByText('Conversations are stored for 7 days.').waitFor();
        await page.getByLabel('Keep recordings of speech').uncheck();
        await page.getByText('New recordings are not kept from now on.').waitFor();
        await page.getByLabel('Recordings of hall').selectOption('yes');
        await page.getByText('The choice for hall is stored.').waitFor();
        const stored = await retention();
        assert.equal(stored.tables.find(({ table }) => table === 'turns')?.days, 7);
        assert.deepEqual([stored.keepRecordings, stored.devices], [false, [{ device: 'hall', keepRecordings: true }]]);
        await days.fill('0');
        assert.equal(await save.isDisabled(), true);
        assert.deepEqual(await findFaults(page), []);
      });

      await step(
        'the export is one file with every row and the recording, whether it is streamed or downloaded',
        async () => {
          const streamed = await exportedIntoFile(page);
          await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
          const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('button', { name: 'Export hall' }).click(),
          ]);
          assert.match(download.suggestedFilename(), /^hall \d{4}-\d\d-\d\d\.tar$/);
          for (const input of [streamed, readFileSync(await download.path())]) {
            const read = (name: string) => execFileSync('tar', ['-xOf', '-', name], { input });
            const turns = String(read('turns.jsonl')).trimEnd().split('\n');
            assert.equal(turns.length, TURNS + 1);
            assert.equal(new Set(turns.map((line) => JSON.parse(line).turn)).size, TURNS + 1);
            assert.equal(String(read(`recordings/${id}.ogg`).subarray(0, 4)), 'OggS');
          }
        },
      );

      await step('a device is deleted when its name was typed, and the page tells how far it is', async () => {
        await page.getByRole('button', { name: 'Delete hall' }).click();
        const dialog = page.getByRole('dialog');
        const confirm = dialog.getByRole('button', { name: 'Delete everything' });
        assert.equal(await confirm.isDisabled(), true);
        await dialog.getByRole('textbox').fill('halls');
        assert.equal(await confirm.isDisabled(), true);
        await dialog.getByRole('textbox').fill('hall');
        assert.deepEqual(await findFaults(page), [], 'with the dialog');
        await dialog.getByRole('textbox').press('Enter');
        await page.getByText(/hall is deleted, with [\d,]+ rows/).waitFor();
        await page.getByText('Nothing is stored').waitFor();
        assert.deepEqual(await asOperator.query(api.turns.list, { limit: 10 }), []);
      });

      await step('of many devices, those of a name are found', async () => {
        for (let n = 1; n <= 50; n++) {
          const session = { device: `room ${n}`, session: `of room ${n}`, openedAt: Date.now() };
          await asGateway.mutation(api.sessions.record, session);
        }
        await page.getByRole('button', { name: 'Export room 50' }).waitFor();
        const filter = page.getByRole('searchbox', { name: /^Filter/ });
        await filter.fill('OOM 4');
        const shown = page.getByRole('button', { name: /^Export room/ });
        await eventually(async () => (await shown.count()) === 11, 'room 4, and 40 to 49');
        assert.deepEqual(await findFaults(page), []);
        await filter.fill('attic');
        await page.getByText('None has “attic” in its name').waitFor();
      });

      assert.deepEqual([complaints, foreign], [[], []]);
    });
  } finally {
    await close();
    await gateway.end();
  }
});

/** The person chooses a file: here it is one of the browser's own, which is written in the same way. */
async function exportedIntoFile(page: Page): Promise<Buffer> {
  await page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('export.tar', { create: true });
    Object.assign(globalThis, { showSaveFilePicker: async () => handle });
  });
  await page.getByRole('button', { name: 'Export hall' }).click();
  await page.getByText(/^hall is exported: /).waitFor();
  const encoded = await page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle('export.tar')).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  });
  return Buffer.from(encoded, 'latin1');
}
