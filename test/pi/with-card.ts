/**
 * Runs a command that sees a virtual sound card named like a ReSpeaker:
 *
 *     node --import tsx test/pi/with-card.ts bin/earshot devices
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startVirtualSound } from '../sound/virtual-sound.ts';

const [command = '', ...args] = process.argv.slice(2);
const sound = await startVirtualSound();
if (!sound) throw new Error('this needs PulseAudio: apt-get install pulseaudio libasound2-plugins');
sound.withRespeaker(true);
const [code] = await once(spawn(command, args, { env: sound.env, stdio: 'inherit' }), 'close');
await sound.stop();
process.exitCode = code ?? 1;
