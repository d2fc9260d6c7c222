/**
 * The talk page in Debian's Firefox as in Chromium (talk.test.ts, talk-pairing.test.ts): a reply is interrupted, the line is cut, the console
 * pairs it in another tab, and what does not work is said plainly.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startFaultProxy } from '../faults/proxy.ts';
import { openConsoleGateway } from './console-gateway.ts';
import { type FirefoxOptions, type FirefoxPage, firefoxMissing, withFirefox } from './firefox.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { assertWhole, INSECURE_NAME, recordedTurns, withTalkGateway } from './talk-gateway.ts';
import { tone } from './tone.ts';

const options = { skip: firefoxMissing() };
/** WebDriver's name of the key. */
const ENTER = '\uE007';
/** `permissions.default.microphone`: it is refused without asking. */
const BLOCKED = 2;

test('a press while the answer plays interrupts it', options, (context) =>
  withSound(context, (sound) =>
    withTalkGateway((talk) =>
      withFirefox(
        async ({ open }) => {
          const page = await open(talk.url);
          await connected(page);
          talk.repetitions = 10;
          await tap(page);
          await conversation(page, 'streaming');
          await sound.say(tone(2_000));
          await tap(page);
          await conversation(page, 'playing');
          await page.key('down', ' ');
          await conversation(page, 'streaming');
          await shows(page, 'Interrupted');
          talk.repetitions = 1;
          await sound.say(tone(500));
          await page.key('up', ' ');
          await over(page, 2);
          await recordedTurns(talk, 2);
          assertWhole(talk);
        },
        { env: sound.env },
      ),
    ),
  ),
);

test('a line that is cut in the middle of a turn: every frame arrives once', options, (context) =>
  withSound(context, (sound) =>
    withTalkGateway((talk) =>
      withFirefox(
        async ({ open }) => {
          const { port } = new URL(talk.url);
          const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: Number(port) } });
          try {
            const page = await open(talk.url.replace(port, String(proxy.port)));
            await connected(page);
            await tap(page);
            await conversation(page, 'streaming');
            const saying = sound.say(tone(4_000));
            await shows(page, 'what time');
            proxy.reset();
            await page.waitFor(() => document.querySelector('#status')?.getAttribute('data-link') === 'reconnecting');
            await connected(page);
            await saying;
            await tap(page);
            await over(page, 1);
            await recordedTurns(talk, 1);
            assertWhole(talk);
          } finally {
            await proxy.close();
          }
        },
        { env: sound.env },
      ),
    ),
  ),
);

test('the console approves it in another tab; a token that is revoked is told', options, async () => {
  const gateway = await openConsoleGateway();
  try {
    await withFirefox(async ({ open }) => {
      const page = await open(`${gateway.origin}/talk/`);
      await page.waitFor(() => /^\d{3} \d{3}$/.test(document.querySelector('.pairing-code')?.textContent ?? ''));
      const desk = await open(await gateway.link());
      await desk.waitFor(() => document.querySelector('.pairing button') !== null);
      await desk.click('.pairing button');
      await connected(page);
      const name = await page.evaluate(() => JSON.parse(localStorage.getItem('earshot.talk') ?? '{}').name as string);
      await gateway.command('pair', 'revoke', name);
      await shows(page, 'does not accept this device any more');
      assert.deepEqual([desk.foreign, desk.complaints, page.foreign], [[], [], []]);
    });
  } finally {
    await gateway.end();
  }
});

test('without permission, and without a microphone, it says so', options, (context) =>
  withSound(context, (sound) =>
    withTalkGateway(async (talk) => {
      const refusal = (words: string, { env, preferences = {} }: FirefoxOptions) =>
        withFirefox(
          async ({ open }) => {
            const page = await open(talk.url);
            await connected(page);
            await tap(page);
            await shows(page, words);
          },
          { ...(env && { env }), preferences },
        );
      const asks = { 'media.navigator.permission.disabled': false, 'permissions.default.microphone': BLOCKED };
      await refusal('may not use the microphone', { env: sound.env, preferences: asks });
      // A sound server always has a microphone for Firefox: it also takes what a speaker plays.
      await refusal('There is no microphone', { env: { ...sound.env, PULSE_SERVER: 'unix:/nowhere' } });
    }),
  ),
);

test('over http it says that the browser gives no microphone, and the ways to https', options, () =>
  withTalkGateway((talk) =>
    withFirefox(
      async ({ open }) => {
        const page = await open(talk.url.replace('127.0.0.1', INSECURE_NAME));
        for (const words of ['over http', 'Tailscale', 'Caddy', 'mkcert']) await shows(page, words);
        assert.equal(await page.evaluate(() => document.querySelector<HTMLButtonElement>('#talk')?.disabled), true);
      },
      { preferences: { 'network.dns.localDomains': INSECURE_NAME } },
    ),
  ),
);

async function withSound(context: TestContext, work: (sound: BrowserSound) => Promise<void>): Promise<void> {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await work(sound).finally(() => sound.stop());
}

async function connected(page: FirefoxPage): Promise<void> {
  await page.waitFor(
    () =>
      document.querySelector('#status[data-link="connected"]') !== null &&
      document.querySelector<HTMLButtonElement>('#talk')?.disabled === false,
  );
}

async function conversation(page: FirefoxPage, state: string): Promise<void> {
  await page.waitFor((wanted) => document.querySelector('.dock')?.getAttribute('data-conversation') === wanted, state);
}

async function over(page: FirefoxPage, turns: number): Promise<void> {
  await page.waitFor((wanted) => document.querySelectorAll('.turn[data-phase="over"]').length >= wanted, turns);
}

async function shows(page: FirefoxPage, words: string): Promise<void> {
  await page.waitFor((wanted) => document.body.textContent?.includes(wanted), words);
}

/** A press without a duration, as of a screen reader. */
async function tap(page: FirefoxPage): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>('#talk')?.focus());
  await page.key('down', ENTER);
  await page.key('up', ENTER);
}
