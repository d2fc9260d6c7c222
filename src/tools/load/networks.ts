/**
 * The networks of the devices of a load test: recorded one-way delays (assets/networks), or a mix of them.
 */
import { BUNDLED_NETWORKS } from '../../core/files/bundled.ts';
import { readTrace } from '../simulation/delay-trace.ts';

const TRACES: Record<string, string> = {
  jitter: 'ws_tcp_rtt50_jit15_g3.txt',
  loss5: 'ws_tcp_rtt50_loss5_g3.txt',
  loss10: 'ws_tcp_rtt50_loss10_g3.txt',
};

/**
 * Of every twenty devices so many have this network: most homes are good, some have a busy Wi-Fi, a few are at its edge. An assumption, not a measurement.
 */
const MIX: readonly [name: string, devices: number][] = [
  ['none', 10],
  ['jitter', 5],
  ['loss5', 3],
  ['loss10', 2],
];

/** Names that `--network` knows; another one is a file. */
export const NETWORK_NAMES = ['none', ...Object.keys(TRACES), 'mix'];

/** The delays of the device with this number; undefined: none are added. */
export type NetworkOf = (index: number) => readonly number[] | undefined;

/** @param name of {@link NETWORK_NAMES}, or a file. @throws EarshotError `file_not_found`, `usage` for what is not a trace */
export async function openNetworks(name: string): Promise<NetworkOf> {
  if (name !== 'mix') {
    const delays = await delaysOf(name);
    return () => delays;
  }
  const turns = await Promise.all(
    MIX.map(async ([each, devices]) => new Array<readonly number[] | undefined>(devices).fill(await delaysOf(each))),
  );
  const networks = turns.flat();
  // 7 and 20 have no common divisor, so each twenty devices have all networks, and not one after the other.
  return (index) => networks[(index * 7) % networks.length];
}

async function delaysOf(name: string): Promise<readonly number[] | undefined> {
  if (name === 'none') return undefined;
  const file = TRACES[name];
  return await readTrace(file === undefined ? name : `${BUNDLED_NETWORKS}/${file}`);
}
