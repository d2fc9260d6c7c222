/**
 * Sound cards in software (plain-card.c) in two rooms: in one the device's microphone records a loudspeaker, in the
 * other a microphone records the device's speaker. All delays are exact to the sample.
 *
 * `line` is the device's card; `mouth` (loudspeaker), `micear` (records what the device's microphone records) and `ear`
 * (records the device's speaker) belong to the measurement.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./plain-card.c', import.meta.url));
const ALSA_CONFIG = '/usr/share/alsa/alsa.conf';

export interface PlainCards {
  /** The environment of a process that sees only these cards. */
  env: NodeJS.ProcessEnv;
  remove(): void;
}

/** Undefined without a C compiler or the ALSA headers (Debian: gcc, libasound2-dev). */
export function makePlainCards(): PlainCards | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-cards-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const library = join(folder, 'plain-card.so');
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-DPIC', SOURCE, '-o', library, '-lasound'], { stdio: 'ignore' });
  } catch {
    remove();
    return undefined;
  }
  const [voices, replies] = [join(folder, 'voices'), join(folder, 'replies')];
  const plain = (name: string, air: string) =>
    `pcm.${name} { type plain air "${air}" hint { show on description "${name}" } }`;
  const lines = [
    `pcm_type.plain { lib "${library}" }`,
    plain('mic', voices),
    plain('mouth', voices),
    plain('micear', voices),
    plain('spk', replies),
    plain('ear', replies),
    'pcm.line { type asym playback.pcm spk capture.pcm mic hint { show on description "line" } }',
    'pcm.!default line',
  ];
  writeFileSync(join(folder, '.asoundrc'), `${lines.join('\n')}\n`);
  // Without the plug-ins in conf.d: PortAudio would try each of them; they print messages and use memory.
  const configuration = join(folder, 'alsa.conf');
  writeFileSync(configuration, readFileSync(ALSA_CONFIG, 'utf8').replace(/^.*\/conf\.d".*$/gm, ''));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  return { env: { ...process.env, HOME: folder, ALSA_CONFIG_PATH: configuration }, remove };
}
