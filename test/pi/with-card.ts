/**
 * Runs a command that sees a sound card without there being one, a ReSpeaker by name:
 *
 *     node --import tsx test/pi/with-card.ts bin/earshot devices
 */
import { spawnSync } from 'node:child_process';
import { startVirtualSound } from '../sound/virtual-sound.ts';

const [command = '', ...args] = process.argv.slice(2);
const sound = await startVirtualSound();
if (!sound) throw new Error('this needs PulseAudio: apt-get install pulseaudio libasound2-plugins');
sound.withRespeaker(true);
const { status } = spawnSync(command, args, { env: sound.env, stdio: 'inherit' });
await sound.stop();
process.exitCode = status ?? 1;
