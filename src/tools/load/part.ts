/**
 * A process of a load test: a part of the devices. It is `earshot load` again, and does what its parent asks; parts.ts is the other side.
 */
import { once } from 'node:events';
import { EarshotError, type ErrorInfo, errorInfo } from '../../core/errors.ts';
import { type Fleet, nameOfDevice, openFleet, type TalkPlan } from './fleet.ts';
import type { DeviceKind, ReplyKind } from './load-device.ts';
import type { LoadMeasures } from './measures.ts';
import { openNetworks } from './networks.ts';
import { bundledUtterances, recordedUtterances } from './utterances.ts';

export interface PartSettings {
  gateway: string;
  kind: DeviceKind;
  replies: ReplyKind;
  framesPerPacket: number;
  seed: number;
  /** Of networks.ts. */
  network: string;
  /** Recordings to say whole; none: stretches of the bundled ones. */
  speech: readonly string[];
  /** This part has every `parts`-th device, from number `part` on (0 is the first). */
  part: number;
  parts: number;
  /** Of all devices of the test, by number; null: devices without tokens. */
  tokens: readonly string[] | null;
}

/** What a part can be asked to do. */
export type PartTask =
  | { do: 'open'; settings: PartSettings }
  | { do: 'resize'; devices: number }
  | { do: 'talk'; plan: TalkPlan }
  /** Answered by `isQuiet`. */
  | { do: 'quiet'; withinMs: number }
  | { do: 'cut'; share: number }
  | { do: 'close' };

export interface ToPart {
  request: number;
  task: PartTask;
}

/** What a part has measured since its last message, and how it is now. */
export interface PartState {
  measures: LoadMeasures;
  connected: number;
  talking: number;
  unconfirmed: number;
  /** Of this process. */
  cpuMs: number;
  residentBytes: number;
}

export type FromPart =
  | { type: 'measured'; state: PartState }
  | { type: 'done'; request: number; isQuiet: boolean }
  | { type: 'failed'; request: number; error: ErrorInfo };

const MEASURED_EVERY_MS = 250;

/** Runs until the parent process disconnects. */
export async function runPart(): Promise<void> {
  let fleet: Fleet | undefined;
  let settings: PartSettings | undefined;
  let cpu = process.cpuUsage();
  const tell = (message: FromPart) => void (process.connected && process.send?.(message));

  function tellMeasured(): void {
    if (!fleet) return;
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const { connected, talking, unconfirmed } = fleet;
    tell({
      type: 'measured',
      state: {
        ...{ measures: fleet.take(), connected, talking, unconfirmed: unconfirmed.length },
        ...{ cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() },
      },
    });
  }

  async function perform(task: PartTask): Promise<boolean> {
    if (task.do === 'open') {
      settings = task.settings;
      fleet = await open(settings);
      return true;
    }
    if (!fleet || !settings) throw new EarshotError('internal', 'The part is not open', 'Open it first.');
    switch (task.do) {
      case 'resize':
        await fleet.resize(sizeOfPart(task.devices, settings));
        return true;
      case 'talk':
        fleet.talk(task.plan);
        return true;
      case 'quiet':
        return await fleet.quiet(task.withinMs);
      case 'cut':
        fleet.cut(task.share);
        return true;
      case 'close':
        await fleet.close();
        return true;
    }
  }

  // The terminal sends it to all processes; the parent decides.
  process.on('SIGINT', () => {});
  process.on('message', async ({ request, task }: ToPart) => {
    let answer: FromPart;
    try {
      answer = { type: 'done', request, isQuiet: await perform(task) };
    } catch (error) {
      answer = { type: 'failed', request, error: errorInfo(error) };
    }
    tellMeasured();
    tell(answer);
  });
  const telling = setInterval(tellMeasured, MEASURED_EVERY_MS);
  await once(process, 'disconnect');
  clearInterval(telling);
  await fleet?.close();
}

/** How many of these devices a part has. */
export function sizeOfPart(devices: number, { part, parts }: Pick<PartSettings, 'part' | 'parts'>): number {
  return Math.max(0, Math.ceil((devices - part) / parts));
}

async function open(settings: PartSettings): Promise<Fleet> {
  const { gateway, kind, replies, framesPerPacket, seed, network, speech, part, parts, tokens } = settings;
  const numberOf = (index: number) => index * parts + part;
  const networkOf = await openNetworks(network);
  return openFleet({
    ...{ gateway, kind, replies, framesPerPacket, seed: seed * parts + part },
    utterances: await (speech.length > 0 ? recordedUtterances(speech) : bundledUtterances()),
    nameOf: (index) => nameOfDevice(numberOf(index)),
    tokenOf: (index) => tokens?.[numberOf(index)],
    networkOf: (index) => networkOf(numberOf(index)),
  });
}
