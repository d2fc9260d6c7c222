/**
 * `npm run bench:neteq`: the adaptive buffer and NetEQ, as Chromium has it, with the same arrivals: on the recorded paths, and on paths on which
 * nobody has tuned anything (paths.ts).
 *
 *     npm run bench:neteq -- [--seconds 100] [--at-once 5] [--only steps] [--other-seeds 1000] [--json]
 *     npm run bench:neteq -- --keep FILE      keeps NetEQ's figures and the arrivals
 *     npm run bench:neteq -- --replay FILE    the adaptive buffer alone, with these arrivals and beside these figures
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
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { withBrowser } from '../../browser/browser.ts';
import { withServedFolder } from '../../browser/served-folder.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { commandOptions, count, flag, text } from '../../support/command-options.ts';
import { bitrate, compare, keepPlayed, type PlayedPath, readPlayed, speech } from './compared.ts';
import { type DelayingRelay, startDelayingRelay, WARM_UP_MS } from './delaying-relay.ts';
import { type Figures, geometricMeans, lostPackets, MOST_LOST, neteqFigures, ratios } from './figures.ts';
import { type PlayedStream, playStreams } from './in-page.ts';
import { type ComparedPath, comparedPaths } from './paths.ts';

const options = commandOptions('npm run bench:neteq', 'The adaptive buffer and NetEQ with the same arrivals.', {
  seconds: count('of each path', 100),
  atOnce: count('paths at the same time: each is a connection of the browser', 5),
  otherSeeds: count('added to the seeds of the generated paths', 0, 0),
  only: text('name', 'only paths whose name begins like this'),
  json: flag('prints JSON'),
  keep: text('file', "keeps NetEQ's figures and the arrivals"),
  replay: text('file', 'plays what was kept, without a browser'),
});
const { seconds, atOnce, only, keep, replay, otherSeeds } = options;

if (!replay && Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal))) {
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

const progress = createProgress();

/** NetEQ's figures of these paths, which are played at the same time, and the arrivals that it had. */
async function playInBrowser(paths: readonly ComparedPath[], folder: string): Promise<PlayedPath[]> {
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
    return paths.flatMap((path) => {
      const delaysMs = relays.get(path.name)?.delaysMs ?? [];
      const lost = lostPackets(played[path.name], delaysMs);
      if (lost > MOST_LOST) {
        process.stderr.write(`${path.name} is left out: ${lost} packets were lost between relay and browser\n`);
        return [];
      }
      const neteq = neteqFigures(played[path.name], delaysMs, path.packetMs);
      return { ...path, neteq, delaysMs: delaysMs.slice(0, Math.floor((seconds * 1_000) / path.packetMs)) };
    });
  } finally {
    for (const relay of relays.values()) relay.close();
  }
}

async function play(): Promise<PlayedPath[]> {
  const paths = comparedPaths(seconds, otherSeeds).filter(({ name }) => name.startsWith(only ?? ''));
  const played: PlayedPath[] = [];
  try {
    await inTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, 'index.html'), '<!doctype html><title>NetEQ</title>');
      writeFileSync(join(folder, 'speech.wav'), wavOf(speech));
      for (let from = 0; from < paths.length; from += atOnce) {
        progress.update('paths', from / paths.length);
        played.push(...(await playInBrowser(paths.slice(from, from + atOnce), folder)));
      }
    });
  } finally {
    progress.end();
  }
  if (keep) keepPlayed(keep, played);
  return played;
}

const played = replay ? readPlayed(replay).filter(({ name }) => name.startsWith(only ?? '')) : await play();
const compared = compare(played);

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
