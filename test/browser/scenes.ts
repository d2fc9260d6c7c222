/**
 * The pages in the states in which people meet them: nothing yet, with data, busy, failing. One gateway, one browser; for the checks of
 * test/browser/pages.test.ts and for `npm run screenshots`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { seedCloud } from '../seed/seed.ts';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { readSamples } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';
import { connectDevice } from '../support/wire-device.ts';
import { type Browser, type WatchedPage, withBrowser } from './browser.ts';
import { type ConsoleGateway, goToPlace, openConsoleGateway, signIn } from './console-gateway.ts';

export interface Scene {
  /** `page-state`: for file names. */
  name: string;
  watched: WatchedPage;
  /** What the browser complains of in this state by itself: a server that does not answer. */
  isCut: boolean;
}

export interface SceneOptions {
  /** Of the gateway. */
  responder: 'assistant' | 'parrot';
  turns: number;
  /** Also those whose accessibility other tests check. */
  isWhole?: boolean;
}

/** The microphone hears the bundled question, every 12 s. */
function microphone(folder: string): string[] {
  const [file, question] = [join(folder, 'microphone.wav'), readSamples(BUNDLED_QUESTION)];
  const samples = new Int16Array(12 * 16_000);
  samples.set(question, 16_000 / 2);
  writeFileSync(file, wavOf([samples]));
  const flags = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];
  return [...flags, `--use-file-for-fake-audio-capture=${file}`];
}

/** A press of Enter begins a turn, the next one ends it: it has no duration, as a click has. */
const TALK = '#talk';

export async function playScenes(
  { responder, turns, isWhole = false }: SceneOptions,
  show: (scene: Scene) => Promise<void>,
): Promise<void> {
  const gateway = await openConsoleGateway([], { EARSHOT_RESPONDER: responder });
  try {
    await withBrowser(
      async (browser) => {
        const scene = (name: string, watched: WatchedPage, isCut = false) => show({ name, watched, isCut });
        const desk = await consoleScenes(browser, gateway, turns, scene);
        const talk = await talkScenes(browser, gateway, responder, scene);
        await goToPlace(desk.page, '#/conversations');
        await desk.page.locator('.app-bar').waitFor();
        await talk.page.bringToFront();
        await talk.page.locator(TALK).press('Enter');
        await conversationIs(talk, 'streaming');
        await heard(talk, responder);
        await scene('talk-busy', talk);
        await desk.page.bringToFront();
        await scene('console-conversations-busy', desk);
        await talk.page.bringToFront();
        await talk.page.locator(TALK).press('Enter');
        await conversationIs(talk, 'idle');
        if (isWhole) await moreScenes(desk, talk, gateway, scene);
        await gateway.stop();
        await talk.page.locator('#notices .banner').waitFor();
        await scene('talk-failing', talk, true);
        await desk.page.bringToFront();
        await desk.page.locator('.banner').first().waitFor();
        await scene('console-failing', desk, true);
      },
      { flags: microphone(gateway.state) },
    );
  } finally {
    await gateway.end();
  }
}

type ShowScene = (name: string, watched: WatchedPage, isCut?: boolean) => Promise<void>;

async function consoleScenes(browser: Browser, gateway: ConsoleGateway, turns: number, scene: ShowScene) {
  const stranger = await browser.open(`${gateway.origin}/console/`);
  await stranger.page.locator('h1').waitFor();
  await scene('console-sign-in', stranger);
  await stranger.page.close();

  const desk = await signIn(browser, gateway);
  for (const place of ['devices', 'conversations', 'fleet', 'storage']) {
    await goToPlace(desk.page, `#/${place}`);
    await settled(desk);
    await scene(`console-${place}-empty`, desk);
  }
  await seedCloud({
    ...gateway.cloud,
    turns,
    ...{ devices: 6, recordings: 4, reports: 24, days: 7, seed: 1, onProgress() {} },
  });
  for (const place of ['devices', 'conversations', 'fleet', 'storage']) {
    await goToPlace(desk.page, `#/${place}`);
    await settled(desk);
    await scene(`console-${place}`, desk);
  }
  await goToPlace(desk.page, '#/conversations');
  await desk.page.locator('.turn-row, .list-row').first().click();
  await settled(desk);
  await scene('console-conversation', desk);
  return desk;
}

/** A device's own place, one that waits under a long name, and the panel that talks, which at first another tab does. */
async function moreScenes(desk: WatchedPage, talk: WatchedPage, gateway: ConsoleGateway, scene: ShowScene) {
  await desk.page.bringToFront();
  await goToPlace(desk.page, '#/devices/kitchen');
  await settled(desk);
  await scene('console-device', desk);
  const name = 'The loudspeaker beside the window of the living room upstairs';
  const waiting = await connectDevice(gateway.url, { name });
  await waiting.waitFor('pair.pending');
  await goToPlace(desk.page, '#/devices');
  await desk.page.locator('.pairing').waitFor();
  await scene('console-pairing', desk);
  waiting.close();
  await goToPlace(desk.page, '#/conversations');
  await desk.page.getByRole('button', { name: 'Talk', exact: true }).click();
  const panel = desk.page.frameLocator('.talk-panel iframe');
  await panel.getByText('open in another tab').waitFor();
  await scene('console-panel-elsewhere', desk);
  await panel.getByRole('button', { name: 'Use it in this tab' }).click();
  await panel.locator('#status[data-link="connected"]').waitFor();
  await scene('console-panel', desk);
  await desk.page.locator('.talk-panel').getByRole('button', { name: 'Close' }).click();
  await talk.page.bringToFront();
  await talk.page.getByRole('button', { name: 'Use it in this tab' }).click();
  await talk.page.locator('#status[data-link="connected"]').waitFor();
}

async function talkScenes(
  browser: Browser,
  gateway: ConsoleGateway,
  responder: SceneOptions['responder'],
  scene: ShowScene,
) {
  const talk = await browser.open(`${gateway.origin}/talk/`);
  const { page } = talk;
  const code = page.locator('.pairing-code');
  await page.waitForFunction(() => /\d/.test(document.querySelector('.pairing-code')?.textContent ?? ''));
  await page.locator('.qr-code').waitFor();
  await scene('talk-pairing', talk);
  await gateway.command('pair', 'approve', ((await code.textContent()) ?? '').replaceAll(/\D/g, ''));
  await page.locator(`${TALK}:enabled`).waitFor();
  await scene('talk-empty', talk);
  await page.locator(TALK).press('Enter');
  await conversationIs(talk, 'streaming');
  await heard(talk, responder);
  await page.locator(TALK).press('Enter');
  await conversationIs(talk, 'idle');
  await page.locator('.turn-latency').first().waitFor();
  await scene('talk-idle', talk);
  await page.locator('button[aria-label="Settings"]').click();
  await page.locator('dialog[open]').waitFor();
  await scene('talk-settings', talk);
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  return talk;
}

/** The assistant writes what it understands while it is said. The parrot writes nothing. */
async function heard({ page }: WatchedPage, responder: SceneOptions['responder']): Promise<void> {
  const wanted = responder === 'assistant' ? /what time is it/i.source : '';
  await page.waitForFunction((text) => {
    const last = [...document.querySelectorAll('.turn')].at(-1)?.querySelector('.by-person');
    return last !== undefined && new RegExp(text, 'i').test(last?.textContent ?? '');
  }, wanted);
}

async function conversationIs({ page }: WatchedPage, state: string): Promise<void> {
  await page.locator(`.dock[data-conversation="${state}"]`).waitFor();
}

/** Nothing is awaited any more: no skeleton is in sight. */
async function settled({ page }: WatchedPage): Promise<void> {
  await page.waitForFunction(() => document.querySelector('main') && !document.querySelector('main .skeleton'));
}

/** The inspector of a daemon, idle, busy, and with a wrong key. */
export async function playInspectorScenes(show: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const files = ['--output', 'null', '--state', `${folder}/state`];
    const line: RunningCli = earshot(['start', '--inspect=0', '--json', ...files], {
      cwd: folder,
      env: { EARSHOT_RESPONDER: 'parrot' },
    });
    const url = (await line.message(/^inspector at /)).replace('inspector at ', '');
    await line.line(/"turnId"/);
    await withBrowser(async ({ open }) => {
      const watched = await open(url);
      await watched.page.waitForSelector('[data-state="conversation.idle"].on');
      await show({ name: 'inspector-idle', watched, isCut: false });
      await watched.page.keyboard.press(' ');
      await watched.page.waitForSelector('[data-state="conversation.playing"].on');
      await show({ name: 'inspector-busy', watched, isCut: false });
      const refused = await open(`${url.slice(0, -4)}xxxx`);
      await refused.page.locator('#no-feed:not([hidden])').waitFor();
      await show({ name: 'inspector-failing', watched: refused, isCut: true });
    });
    line.kill('SIGTERM');
    await line.ended;
  });
}
