/**
 * Devices that run turns in both directions over TLS at the same time, each on the same kind of card, one of each
 * variant, together with the codec alone and Node alone: their CPU time in the same period.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { bareNode, type Child, script, startTogether, talker } from './children.ts';
import { memoryOf, threadsOf, usageBetween } from './counters.ts';
import type { Round } from './paired.ts';
import type { PlainCards } from './plain-cards.ts';
import type { SecureGateway } from './secure-gateway.ts';
import type { Variant } from './variants.ts';

export interface PairStreamingOptions {
  variants: readonly Variant[];
  gateway: SecureGateway;
  folder: string;
  cards: PlainCards;
  framesPerPacket: number;
  settleSeconds: number;
  seconds: number;
  /** Processes that use all they can get of a core each. */
  busyCores: number;
}

export async function streamInPairs(options: PairStreamingOptions): Promise<Round> {
  const { variants, cards, settleSeconds, seconds, busyCores } = options;
  const { start, stopAll } = startTogether();
  try {
    await start(script('./play-speech.ts', ['mouth'], cards.env)).says(/speaking/);
    const codec = start(script('./codec-only.ts'));
    const bare = start(bareNode());
    for (let i = 0; i < busyCores; i++) start(bareNode('for (;;);'));
    const talking = variants.map((variant) => start(device(variant, options)));
    await Promise.all(talking.map((each) => each.says(/ connected/)));
    await sleep(settleSeconds * 1_000);

    const watched = [codec, bare, ...talking];
    const before = watched.map(({ pid }) => threadsOf(pid));
    const startedMs = performance.now();
    await sleep(seconds * 1_000);
    const passed = (performance.now() - startedMs) / 1_000;
    const [ofCodec, , ...usage] = watched.map(({ pid }, i) =>
      usageBetween(pid, before[i] ?? [], threadsOf(pid), passed),
    );
    const memory = talking.map(({ pid }) => memoryOf(pid));
    const floor = memoryOf(bare.pid);
    const played = await Promise.all(talking.map(finish));
    const round: Round = {};
    for (const [i, { name }] of variants.entries()) {
      const { cpuMsPerSecond = Number.NaN, wakeUpsPerSecond = Number.NaN } = usage[i] ?? {};
      const { residentMb = Number.NaN, anonymousMb = Number.NaN } = memory[i] ?? {};
      round[name] = {
        'CPU, ms/s': cpuMsPerSecond,
        'CPU, × codec alone': cpuMsPerSecond / (ofCodec?.cpuMsPerSecond ?? Number.NaN),
        'wake-ups/s': wakeUpsPerSecond,
        'anonymous over bare Node, MB': anonymousMb - floor.anonymousMb,
        'resident over bare Node, MB': residentMb - floor.residentMb,
        ...played[i],
      };
    }
    return round;
  } finally {
    await stopAll();
  }
}

function device({ name, program, args }: Variant, options: PairStreamingOptions): Child {
  const { gateway, folder, cards, framesPerPacket } = options;
  const how = ['--device', 'line', '--frames-per-packet', `${framesPerPacket}`, ...args];
  return talker({ ...gateway, folder, name: name.replaceAll(' ', '-'), program, env: cards.env, args: how });
}

/** Ends the turn, if none has ended yet, and reads the result of the reply. */
async function finish(talking: Child): Promise<Record<string, number>> {
  const turn = talking.says(/"turnId"/);
  talking.kill('SIGUSR1');
  const { reply } = JSON.parse(await turn) as { reply: { ms: number; concealedMs: number; underruns: number } };
  return {
    'concealed, %': (100 * reply.concealedMs) / reply.ms,
    'underruns/min': reply.underruns / (reply.ms / 60_000),
  };
}
