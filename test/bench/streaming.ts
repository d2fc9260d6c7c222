/**
 * A device that runs turns in both directions over TLS, an idle device, the codec alone and Node alone, in the same
 * period: on a shared machine times compare with nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG_SPEECH } from '../support/speech.ts';
import { bareNode, daemon, script, startTogether, talker } from './children.ts';
import { memoryOf, sum, threadsOf, type Usage, usageBetween } from './counters.ts';
import type { PlainCards } from './plain-cards.ts';
import type { Result } from './result.ts';
import type { SecureGateway } from './secure-gateway.ts';

export interface StreamingOptions {
  gateway: SecureGateway;
  folder: string;
  cards: PlainCards | undefined;
  /** From the first word until all code on the path is compiled, and the memory for that was released. */
  settleSeconds: number;
  seconds: number;
  onProgress(share: number): void;
}

export async function measureStreaming(options: StreamingOptions): Promise<Result[]> {
  const { gateway, folder, cards, settleSeconds, seconds, onProgress } = options;
  const { url, certificate } = gateway;
  const files = ['--input', LONG_SPEECH, '--output', 'null'];
  const { start, stopAll } = startTogether();
  try {
    if (cards) await start(script('./play-speech.ts', ['mouth'], cards.env)).says(/speaking/);
    const codec = start(script('./codec-only.ts'));
    const bare = start(bareNode());
    const sound = cards ? { env: cards.env, args: ['--device', 'line'] } : { args: files };
    const talking = start(talker({ url, certificate, folder, name: 'talking', ...sound }));
    const waiting = start(
      daemon({ url, certificate, folder, name: 'waiting', args: ['--input', 'silence', '--output', 'null'] }),
    );
    await Promise.all([waiting.says(/ connected/), talking.says(/ connected/), bare.says(/here/)]);
    await sleep(settleSeconds * 1_000);

    const watched = { codec, bare, talking, waiting };
    const names = Object.keys(watched) as (keyof typeof watched)[];
    const before = names.map((name) => threadsOf(watched[name].pid));
    const startedMs = performance.now();
    while (performance.now() - startedMs < seconds * 1_000) {
      await sleep(Math.min(1_000, seconds * 1_000 - (performance.now() - startedMs)));
      onProgress((performance.now() - startedMs) / seconds / 1_000);
    }
    const passed = (performance.now() - startedMs) / 1_000;
    const usage = Object.fromEntries(
      names.map((name, i) => [
        name,
        usageBetween(watched[name].pid, before[i] ?? [], threadsOf(watched[name].pid), passed),
      ]),
    ) as Record<keyof typeof watched, Usage>;
    const memory = { talking: memoryOf(talking.pid), bare: memoryOf(bare.pid) };
    const over = (kind: 'residentMb' | 'anonymousMb') => memory.talking[kind] - memory.bare[kind];
    const where = cards ? 'plain card' : 'files: no card could be created';
    return [
      {
        name: 'CPU, streaming both ways over TLS',
        unit: '× codec alone',
        specification: '30 % of a core',
        goal: 2.9,
        measured: usage.talking.cpuMsPerSecond / usage.codec.cpuMsPerSecond,
        floor: { value: 1, of: `codec alone: ${usage.codec.cpuMsPerSecond.toFixed(1)} ms/s` },
        detail: `${usage.talking.cpuMsPerSecond.toFixed(1)} ms/s (${where}): ${threads(usage.talking)}`,
      },
      {
        name: 'wake-ups, streaming',
        unit: '/s',
        specification: '',
        goal: 340,
        measured: usage.talking.wakeUpsPerSecond,
        floor: { value: usage.codec.wakeUpsPerSecond, of: 'codec alone' },
        detail: `${where}: ${threads(usage.talking)}`,
      },
      {
        name: 'CPU, idle and connected',
        unit: 'ms/s',
        specification: '',
        goal: 0.5,
        measured: usage.waiting.cpuMsPerSecond,
        floor: { value: usage.bare.cpuMsPerSecond, of: 'bare Node' },
        detail: `${usage.waiting.wakeUpsPerSecond.toFixed(2)} wake-ups/s: ${threads(usage.waiting)}`,
      },
      {
        name: 'memory, streaming, resident over bare Node',
        unit: 'MB',
        specification: '< 50 MB',
        goal: 38,
        measured: over('residentMb'),
        floor: { value: memory.bare.residentMb, of: 'bare Node' },
        detail: `${memory.talking.residentMb.toFixed(1)} MB in all after ${Math.round(passed)} s`,
      },
      {
        name: 'memory, streaming, anonymous over bare Node',
        unit: 'MB',
        specification: '',
        goal: 24,
        measured: over('anonymousMb'),
        floor: { value: memory.bare.anonymousMb, of: 'bare Node' },
        detail: `${memory.talking.anonymousMb.toFixed(1)} MB in all`,
      },
    ];
  } finally {
    await stopAll();
  }
}

/** The busy threads separately, the others (libuv's pool waits for the card) together. */
function threads({ threads: all }: Usage): string {
  const busy = all.filter(({ name, cpuMsPerSecond }) => name === 'main' || cpuMsPerSecond > 1);
  const others = all.filter((thread) => !busy.includes(thread));
  const rest = {
    name: `${others.length} others`,
    cpuMsPerSecond: sum(others.map((thread) => thread.cpuMsPerSecond)),
    wakeUpsPerSecond: sum(others.map((thread) => thread.wakeUpsPerSecond)),
  };
  return [...busy, ...(others.length > 0 ? [rest] : [])]
    .map(
      ({ name, cpuMsPerSecond, wakeUpsPerSecond }) =>
        `${name} ${cpuMsPerSecond.toFixed(1)} ms/s ${wakeUpsPerSecond.toFixed(0)}/s`,
    )
    .join(', ');
}
