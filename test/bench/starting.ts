/**
 * The time until the program prints its version, and until a daemon is ready for a turn; compared with Node, which
 * takes most of it.
 */
import { spawnSync } from 'node:child_process';
import { DEVICE, daemon } from './children.ts';
import { median } from './counters.ts';
import type { Result } from './result.ts';
import type { SecureGateway } from './secure-gateway.ts';

export interface StartingOptions {
  gateway: SecureGateway;
  folder: string;
  rounds: number;
  onProgress(share: number): void;
}

export async function measureStarting({ gateway, folder, rounds, onProgress }: StartingOptions): Promise<Result[]> {
  const { url, certificate } = gateway;
  const version: number[] = [];
  const node: number[] = [];
  const ready: number[] = [];
  for (let round = 0; round < rounds; round++) {
    version.push(timed(() => spawnSync(DEVICE, ['--version'])));
    node.push(timed(() => spawnSync(process.execPath, ['-e', '0'])));
    const startedMs = performance.now();
    const args = ['--input', 'silence', '--output', 'null'];
    const starting = daemon({ url, certificate, folder, name: `starting-${round}`, args });
    await starting.says(/ connected/);
    ready.push((performance.now() - startedMs) / 1_000);
    await starting.stop();
    onProgress((round + 1) / rounds);
  }
  const floor = { value: median(node), of: 'node -e 0' };
  return [
    { name: 'earshot --version', unit: 's', specification: '', goal: 0.1, measured: median(version), floor },
    { name: 'daemon ready to talk', unit: 's', specification: '', goal: 0.6, measured: median(ready), floor },
  ];
}

function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return (performance.now() - startedMs) / 1_000;
}
