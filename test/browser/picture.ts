/**
 * Takes the picture of the inspector for the documents: `npm run picture`. The reply of a turn is being played.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { withBrowser } from './browser.ts';

const PICTURE = fileURLToPath(new URL('../../docs/inspector.png', import.meta.url));
/** Long enough for the plots to have something to show. */
const INTO_THE_REPLY_MS = 1_500;

await inTemporaryFolder(async (folder) => {
  const files = ['--output', 'null', '--state', join(folder, 'state')];
  const line = earshot(['start', '--inspect=0', '--json', ...files], { cwd: folder });
  const url = (await line.message(/^inspector at /)).replace('inspector at ', '');
  await line.line(/"turnId"/);
  await withBrowser(async ({ open }) => {
    const { page } = await open(url, { width: 1_280, height: 780 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForSelector('[data-state="conversation.idle"].on');
    await page.locator('#title').evaluate((title) => {
      title.textContent = 'kitchen';
    });
    await page.keyboard.press(' ');
    await page.waitForSelector('[data-state="conversation.playing"].on', { timeout: 30_000 });
    await page.waitForTimeout(INTO_THE_REPLY_MS);
    await page.screenshot({ path: PICTURE });
  });
  line.kill('SIGTERM');
  await line.ended;
});
process.stdout.write(`${PICTURE}\n`);
