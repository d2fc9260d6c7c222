/** A private PulseAudio, which ends with the tests, however they end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithTests } from '../support/end-with-tests.ts';
import { inTime } from '../support/in-time.ts';

/**
 * Undefined when this machine has none.
 *
 * @param env with XDG_RUNTIME_DIR, where its socket is
 * @param commands of its start script
 */
export function startPulseAudio(
  folder: string,
  env: NodeJS.ProcessEnv,
  commands: readonly string[],
): Promise<ChildProcess | undefined> {
  const script = join(folder, 'virtual.pa');
  writeFileSync(script, `${['load-module module-native-protocol-unix', ...commands].join('\n')}\n`);
  const args = ['-n', '-F', script, '--daemonize=no', '--exit-idle-time=-1', '--log-target=stderr', '-v'];
  const server = endWithTests(spawn('pulseaudio', args, { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  const end = (): void => void server.kill('SIGKILL');
  process.once('exit', end);
  server.once('exit', () => process.off('exit', end));
  let log = '';
  const started = new Promise<ChildProcess | undefined>((resolve, reject) => {
    server.once('error', () => resolve(undefined));
    server.once('exit', (code) => reject(new Error(`pulseaudio ended with ${code}:\n${log}`)));
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Daemon startup complete')) resolve(server);
    });
  });
  return inTime(started, () => `PulseAudio is ready; it wrote ${log}`);
}
