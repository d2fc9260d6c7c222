/**
 * `npm run bench:neteq`: the adaptive buffer and NetEQ, as Chromium has it, with the same arrivals: on the recorded paths, and on paths on which
 * nobody has tuned anything (paths.ts).
 *
 *     npm run bench:neteq -- [--seconds 100] [--at-once 5] [--only steps] [--json]
 *
 * Chromium connects to itself with the same speech and the same packet lengths, by way of a relay that delays each packet by the trace, in real time. When
 * the relay has really forwarded each packet is then what the adaptive buffer gets, in virtual time. Everything is in a network of its own, with nothing but
 * the loopback: that needs root, or the right to make namespaces.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concatenate } from '../../../actors/sound/s16.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { encodeSpeech } from '../../../src/tools/simulation/encoded-speech.ts';
import { settingsFor, simulate } from '../../../src/tools/simulation/simulate.ts';
import { withBrowser } from '../../browser/browser.ts';
import { withServedFolder } from '../../browser/served-folder.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { commandOptions, count, flag, text } from '../../support/command-options.ts';
import { type DelayingRelay, startDelayingRelay, WARM_UP_MS } from './delaying-relay.ts';
import { type Figures, geometricMeans, neteqFigures, ownFigures, ratios } from './figures.ts';
import { type PlayedStream, playStreams } from './in-page.ts';
import { type ComparedPath, comparedPaths } from './paths.ts';

const options = commandOptions('npm run bench:neteq', 'The adaptive buffer and NetEQ with the same arrivals.', {
  seconds: count('of each path', 100),
  atOnce: count('paths at the same time: each is a connection of the browser', 5),
  only: text('name', 'only paths whose name begins like this'),
  json: flag('prints JSON'),
});
const { seconds, atOnce, only } = options;

if (Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal))) {
  const again = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const program = 'ip link set lo up && exec "$@"';
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', program, 'sh', ...again], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const FLAGS = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

interface Compared extends ComparedPath {
  neteq: Figures;
  own: Figures;
}

const recordings = ['0870', '0880', '0920'].map((name) =>
  fileURLToPath(new URL(`../../../assets/sense-and-sensibility-${name}.wav`, import.meta.url)),
);
const speech = concatenate(await Promise.all(recordings.map(readSpeechFile)));
const encoded = encodeSpeech(speech, settingsFor([], 0));
const { bitrate } = settingsFor([], 0);
const progress = createProgress();

/** NetEQ's figures of these paths, which are played at the same time, and the arrivals that it had. */
async function playInBrowser(paths: readonly ComparedPath[], folder: string): Promise<Compared[]> {
  const relays = new Map<string, DelayingRelay>(paths.map((path) => [path.name, startDelayingRelay(path)]));
  const file = join(folder, 'speech.wav');
  try {
    const played = await withServedFolder(folder, (url) =>
      withBrowser(
        async ({ open }): Promise<Record<string, PlayedStream>> => {
          const { page } = await open(url);
          await page.exposeFunction('relayPort', (name: string, end: 'sender' | 'receiver', port: number) =>
            relays.get(name)?.portOf(end, port),
          );
          const streams = paths.map(({ name, packetMs }) => ({ name, packetMs }));
          await page.exposeFunction('stopRelays', () => {
            for (const relay of relays.values()) relay.stop();
          });
          return await page.evaluate(playStreams, {
            ...{ streams, bitrate },
            seconds: seconds + WARM_UP_MS / 1_000,
          });
        },
        { flags: [...FLAGS, `--use-file-for-fake-audio-capture=${file}`] },
      ),
    );
    return paths.map((path) => {
      const delaysMs = relays.get(path.name)?.delaysMs ?? [];
      return {
        ...path,
        neteq: neteqFigures(played[path.name], delaysMs, path.packetMs),
        own: own(path, delaysMs),
      };
    });
  } finally {
    for (const relay of relays.values()) relay.close();
  }
}

function own({ packetMs }: ComparedPath, delaysMs: readonly number[]): Figures {
  const trace = delaysMs.slice(0, Math.floor((seconds * 1_000) / packetMs));
  const path = { trace, packetMs, lossPercent: 0, driftPpm: 0, seed: 1, seconds: (trace.length * packetMs) / 1_000 };
  return ownFigures(simulate({ ...path, speech, encoded, policy: 'adaptive' }));
}

const paths = comparedPaths(seconds).filter(({ name }) => name.startsWith(only ?? ''));
const compared: Compared[] = [];
try {
  await inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>NetEQ</title>');
    writeFileSync(join(folder, 'speech.wav'), wavOf(speech));
    for (let from = 0; from < paths.length; from += atOnce) {
      progress.update('paths', from / paths.length);
      compared.push(...(await playInBrowser(paths.slice(from, from + atOnce), folder)));
    }
  });
} finally {
  progress.end();
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
function cells(figures: Figures): string {
  const { meanMs, p95Ms, concealedPercent, eventsPerMinute, removedPercent, insertedPercent, skippedPercent } = figures;
  const delay = `${meanMs.toFixed(0)} / ${p95Ms.toFixed(0)}`;
  const stretched = `${removedPercent.toFixed(2)} / ${insertedPercent.toFixed(2)}`;
  return `${delay} | ${concealedPercent.toFixed(2)} | ${eventsPerMinute.toFixed(1)} | ${stretched} | ${skippedPercent.toFixed(2)} |`;
}

if (options.json) say(JSON.stringify(compared.map(({ delaysMs: _, ...rest }) => rest)));
else {
  say('| path | buffer | delay mean / p95 ms | concealed % | events/min | stretched − / + % | skipped % |');
  say('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, neteq, own } of compared) {
    say(`| ${name} | NetEQ | ${cells(neteq)}`);
    say(`| | adaptive | ${cells(own)}`);
  }
  for (const kind of ['unseen', 'recorded'] as const) {
    const of = compared.filter((each) => each.kind === kind);
    if (of.length === 0) continue;
    const means = geometricMeans(of.map(({ own, neteq }) => ratios(own, neteq)));
    say('');
    say(
      `Geometric means of adaptive against NetEQ on ${of.length} ${kind} paths (mean, p95, concealed or skipped, events): ${means.map((mean) => mean.toFixed(2)).join(' / ')}.`,
    );
  }
}
