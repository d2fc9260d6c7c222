/**
 * Runs a probe in its own process: the same program with a hidden option. So a library that ends or hangs its process is reported as a
 * finding.
 */
import { spawn } from 'node:child_process';
import { type ErrorInfo, errorInfo } from '../../core/errors.ts';
import type { ProbeAnswer, ProbeName, Probes } from './checks/system.ts';

/** Three seconds for the first block, three for the test, and time for a slow board. */
const PATIENCE_MS = 20_000;
/** Descriptor of the answer: native libraries print to 1 and 2. */
const ANSWER_FD = 3;

/** `args`: those of the doctor, without the name of the probe. */
export function runProbe<Name extends ProbeName>(name: Name, args: string[]): Promise<ProbeAnswer<Probes[Name]>> {
  const script = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, script, 'doctor', '--probe', name, ...args], {
    env: { ...process.env, EARSHOT_STDOUT: String(ANSWER_FD), EARSHOT_STDERR: '2' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let answer = '';
  let complaints = '';
  child.stderr?.on('data', (text) => {
    complaints = `${complaints}${text}`.slice(-500);
  });
  const pipe = child.stdio[ANSWER_FD] as NodeJS.ReadableStream;
  return new Promise((resolve) => {
    const timer = setTimeout(() => end({ ok: false, error: hangs(name) }), PATIENCE_MS);
    const end = (result: ProbeAnswer<Probes[Name]>) => {
      clearTimeout(timer);
      // A lost card would keep the process from ending.
      child.kill('SIGKILL');
      resolve(result);
    };
    pipe.on('data', (text) => {
      answer += text;
      if (answer.endsWith('\n')) end(JSON.parse(answer));
    });
    child.on('error', (error) => end({ ok: false, error: errorInfo(error) }));
    child.on('close', (code, signal) => end({ ok: false, error: ended(name, signal ?? `code ${code}`, complaints) }));
  });
}

function hangs(name: ProbeName): ErrorInfo {
  return {
    code: name === 'codec' ? 'codec_unavailable' : 'sound_unavailable',
    message: `The ${name} test hangs: no answer in ${PATIENCE_MS / 1_000} s`,
    hint: 'The driver or a sound server is stuck: reboot, and end what holds the card.',
  };
}

function ended(name: ProbeName, how: string, complaints: string): ErrorInfo {
  const last = complaints.trim().split('\n').at(-1);
  return {
    code: name === 'codec' ? 'codec_unavailable' : 'sound_unavailable',
    message: `The ${name} test ended by ${how}${last ? ` (${last})` : ''}`,
    hint: "A native module was built for another machine or Node. Run npm ci again, and not with Debian's npm unless Node is Debian's: npm install --global npm@10.",
  };
}
