/**
 * The sound cards in the kernel's files (Documentation/sound/designs/procfile.rst).
 */
import type { System } from './system.ts';

export interface Card {
  number: number;
  id: string;
  name: string;
  /** PCM devices: `pcm0c` records, `pcm0p` plays. */
  pcms: string[];
  /** Sample rates of a USB card; other drivers do not list them. */
  rates: string[];
}

const ASOUND = '/proc/asound';

export function cards(system: System): Card[] {
  const text = system.read(`${ASOUND}/cards`) ?? '';
  return [...text.matchAll(/^ *(\d+) \[(\S+) *\]: (.+)$/gm)].map(([, number = '', id = '', name = '']) => {
    const folder = `${ASOUND}/card${number}`;
    const streams = system.list(folder).filter((entry) => /^stream\d+$/.test(entry));
    const rates = streams.flatMap((stream) =>
      [...(system.read(`${folder}/${stream}`) ?? '').matchAll(/Rates: (.+)/g)].map(([, list = '']) => list.trim()),
    );
    return {
      number: Number(number),
      id,
      name: name.trim(),
      pcms: system.list(folder).filter((entry) => /^pcm\d+[cp]$/.test(entry)),
      rates: [...new Set(rates)],
    };
  });
}

export const isRespeaker = ({ id, name }: Card) => /seeed|respeaker|arrayuac|wm8960/i.test(`${id} ${name}`);

export interface Holder {
  pid: number;
  command: string;
  devices: string[];
}

/** The processes that have a PCM device open, found as fuser does: by the descriptors of every process. */
export function holders(system: System): Holder[] {
  return system
    .list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const descriptors = system.list(`/proc/${pid}/fd`).map((fd) => system.link(`/proc/${pid}/fd/${fd}`));
      const devices = descriptors.flatMap((path) => /^\/dev\/snd\/(pcmC\d+D\d+[cp])$/.exec(path ?? '')?.[1] ?? []);
      if (devices.length === 0) return [];
      const command = system.read(`/proc/${pid}/comm`)?.trim() ?? 'unknown';
      return [{ pid: Number(pid), command, devices: [...new Set(devices)] }];
    });
}
