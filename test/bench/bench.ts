/**
 * `npm run bench`: every result of docs/performance.md, each beside its floor, in one run.
 *
 *     npm run bench -- [--json] [--quick] [--seconds N] [--iterations N] [--only starting,streaming,wire,acoustic,memory]
 */
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { commandOptions, count, flag, someOf } from '../support/command-options.ts';
import { measureAcousticLatency } from './acoustic-latency.ts';
import { measureSlope } from './memory-slope.ts';
import { makePlainCards } from './plain-cards.ts';
import { type Result, table } from './result.ts';
import { type SecureGateway, startSecureGateway } from './secure-gateway.ts';
import { measureStarting } from './starting.ts';
import { measureStreaming } from './streaming.ts';
import { measureWire } from './wire.ts';

const options = commandOptions('npm run bench', 'Every figure of docs/performance.md, beside its floor.', {
  json: flag('prints JSON'),
  quick: flag('less than a minute, and less exact'),
  seconds: count('of streaming (default: 30; with --quick 8)'),
  iterations: count('of what is measured often (default: 60; with --quick 8)'),
  only: someOf(['starting', 'streaming', 'wire', 'acoustic', 'memory'], 'only these'),
});
const { json, quick, only: wanted } = options;
const { seconds = quick ? 8 : 30, iterations = quick ? 8 : 60 } = options;

const progress = createProgress();
const onProgress = (what: string) => (share: number) => progress.update(what, Math.min(1, share));
const figures: Result[] = [];
const skipped: string[] = [];
const cards = makePlainCards();
if (!cards) skipped.push('sound: a card in software needs gcc and libasound2-dev');
try {
  await inTemporaryFolder(async (folder) => {
    const behindTls = async (responder: string, work: (gateway: SecureGateway) => Promise<Result[]>) => {
      const gateway = await startSecureGateway(folder, responder);
      try {
        figures.push(...(await work(gateway)));
      } finally {
        await gateway.stop();
      }
    };
    const rounds = quick ? 3 : 9;
    const settleSeconds = quick ? 5 : 20;
    if (wanted.includes('starting'))
      await behindTls('echo', (gateway) =>
        measureStarting({ gateway, folder, rounds, onProgress: onProgress('starting') }),
      );
    if (wanted.includes('streaming'))
      await behindTls('echo', (gateway) =>
        measureStreaming({ gateway, folder, cards, settleSeconds, seconds, onProgress: onProgress('streaming') }),
      );
    if (wanted.includes('wire'))
      await behindTls('parrot', async (gateway) => [
        await measureWire({ gateway, folder, cards, seconds: quick ? 6 : 20, onProgress: onProgress('wire') }),
      ]);
  });
  if (wanted.includes('acoustic') && cards)
    figures.push(...(await measureAcousticLatency({ cards, iterations, onProgress: onProgress('acoustic') })));
  if (wanted.includes('memory'))
    figures.push(await measureSlope({ minutes: quick ? 12 : 120, onProgress: onProgress('memory') }));
} finally {
  cards?.remove();
}
progress.end();

const say = (line: string) => void process.stdout.write(`${line}\n`);
if (json)
  say(JSON.stringify({ node: process.version, platform: `${process.platform}-${process.arch}`, figures, skipped }));
else {
  for (const line of table(figures)) say(line);
  say('');
  for (const { name, detail } of figures) if (detail) say(`${name}: ${detail}`);
  for (const line of skipped) say(`skipped: ${line}`);
}
