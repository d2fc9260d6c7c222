/**
 * How long a sample takes from the audio worklet of a page to the loudspeaker: `npm run bench:output-latency`.
 *
 *     npm run bench:output-latency -- [--chirps 30] [--rounds 3] [--browsers chromium,firefox]
 *
 * A page plays chirps through a sound server that records its speaker, and its worklet tells when it renders each. The browser and this program
 * have one clock. The recording is dated by the piece of it that came fastest: it may come up to a period of the sound server (10 ms) before
 * or after what it has is heard. So the difference between browsers is better known than each figure; what Chromium tells of itself is beside it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { SAMPLES_PER_MS } from '../../../../src/protocol/format.ts';
import { findChirp, makeChirp } from '../../../../src/tools/doctor/chirp.ts';
import { percentiles } from '../../../../src/tools/latency/statistics.ts';
import { withBrowser } from '../../../browser/browser.ts';
import { withFirefox } from '../../../browser/firefox.ts';
import { withServedFolder } from '../../../browser/served-folder.ts';
import { type BrowserSound, startBrowserSound } from '../../../browser/sound.ts';
import { inTemporaryFolder } from '../../../support/cli.ts';
import { commandOptions, count, someOf } from '../../../support/command-options.ts';

const BROWSERS = ['chromium', 'firefox'] as const;
const SECONDS = 0.08;
const EVERY_MS = 400;
/** Where it is looked for, around the time at which its first block was rendered. */
const EARLIEST_MS = -50;
const LATEST_MS = 250;
const LEAST_CORRELATION = 0.8;

const options = commandOptions('npm run bench:output-latency', 'From the worklet of a page to its loudspeaker.', {
  chirps: count('of each round', 30),
  rounds: count('of all browsers', 3),
  browsers: someOf(BROWSERS, 'browsers'),
});

interface Measured {
  renderedAtMs: number[];
  toldMs: number;
}

async function playIn(browser: (typeof BROWSERS)[number], url: string, { env }: BrowserSound): Promise<Measured> {
  if (browser === 'firefox') {
    return await withFirefox(
      async ({ open }) => {
        const { evaluate } = await open(url);
        const play = (chirps: number, seconds: number, everyMs: number) => window.output.play(chirps, seconds, everyMs);
        const renderedAtMs = await evaluate(play, options.chirps, SECONDS, EVERY_MS);
        return { renderedAtMs, toldMs: await evaluate(() => window.output.told()) };
      },
      { env },
    );
  }
  return await withBrowser(
    async ({ open }) => {
      const { page } = await open(url);
      const renderedAtMs = await page.evaluate(
        ([chirps, seconds, everyMs]) => window.output.play(chirps, seconds, everyMs),
        [options.chirps, SECONDS, EVERY_MS] as const,
      );
      return { renderedAtMs, toldMs: await page.evaluate(() => window.output.told()) };
    },
    { env, flags: ['--autoplay-policy=no-user-gesture-required'] },
  );
}

async function buildPage(folder: string): Promise<void> {
  const [page, worklet] = ['page.ts', 'worklet.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  await build({ entryPoints: [page, worklet] as string[], outdir: folder, bundle: true, format: 'esm' });
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><title>Bench</title><script type="module" src="page.js"></script>',
  );
}

const chirp = makeChirp(SECONDS);
const found = {
  chromium: { latenciesMs: [] as number[], toldMs: [] as number[] },
  firefox: { latenciesMs: [] as number[], toldMs: [] as number[] },
};
const sound = await startBrowserSound();
if (!sound) throw new Error('there is no PulseAudio here (apt-get install pulseaudio)');
try {
  await inTemporaryFolder(async (folder) => {
    await buildPage(folder);
    await withServedFolder(folder, async (url) => {
      for (let round = 0; round < options.rounds; round++) {
        for (const browser of options.browsers) {
          const endRecording = await sound.record();
          const { renderedAtMs, toldMs } = await playIn(browser, url, sound);
          const { speaker, startedAtMs } = await endRecording();
          const { latenciesMs, toldMs: told } = found[browser];
          told.push(toldMs);
          for (const atMs of renderedAtMs) {
            const from = Math.round((atMs - startedAtMs + EARLIEST_MS) * SAMPLES_PER_MS);
            const heard = findChirp(speaker.subarray(from, from + (LATEST_MS - EARLIEST_MS) * SAMPLES_PER_MS), chirp);
            if (heard.correlation >= LEAST_CORRELATION) latenciesMs.push(heard.offset / SAMPLES_PER_MS + EARLIEST_MS);
          }
        }
      }
    });
  });
} finally {
  await sound.stop();
}
for (const browser of options.browsers) {
  const { latenciesMs, toldMs } = found[browser];
  const { p50 = Number.NaN, p95 = Number.NaN } = percentiles(latenciesMs) ?? {};
  const heard = `${latenciesMs.length} of ${options.rounds * options.chirps} chirps`;
  const told = toldMs.map((ms) => ms.toFixed(1)).join(', ');
  process.stdout.write(
    `${browser}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (${heard}); it tells ${told} ms\n`,
  );
}
