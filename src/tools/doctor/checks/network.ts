/**
 * The path to the gateway: the default route, Wi-Fi, and the gateway itself.
 */
import { MAX_CLOCK_OFFSET_MS } from '../../../core/time/dating.ts';
import { HIGH_NETWORK_LATENCY_MS } from '../../../protocol/format.ts';
import { type Check, type CheckFinding, fail, ok, skip, warn } from './check.ts';
import type { System } from './system.ts';

/** dBm. Below this, Wi-Fi repeats packets, and all are late. */
const WEAK_DBM = -75;

export const network: Check = {
  name: 'network',
  async run(system) {
    return [...route(system), ...(await wireless(system))];
  },
};

function route({ read }: System): CheckFinding[] {
  // Destination and mask 0: the default route (proc(5), /proc/net/route); in IPv6 the same with 32 zeros.
  const four = /^(\w+)\t00000000\t(?!00000000)/m.exec(read('/proc/net/route') ?? '')?.[1];
  const six = /^0{32} 00 0{32} 00 (?!0{32})\w{32} .* (\w+)$/m.exec(read('/proc/net/ipv6_route') ?? '')?.[1];
  const by = four ?? six;
  if (by) return [ok(`the default route is over ${by}`)];
  return [warn('there is no default route', 'Connect it: nmcli device wifi connect NAME --ask, or a cable.')];
}

async function wireless(system: System): Promise<CheckFinding[]> {
  const [, name, level] = /^ *(\w+): +\S+ +\S+ +(-\d+)/m.exec(system.read('/proc/net/wireless') ?? '') ?? [];
  if (!name || !level) return [];
  const findings: CheckFinding[] = [];
  if (Number(level) < WEAK_DBM) {
    findings.push(
      warn(`Wi-Fi is weak: ${level} dBm`, 'Move it nearer to the access point, or the antenna out of the metal box.'),
    );
  } else findings.push(ok(`Wi-Fi at ${level} dBm`));
  if ((await system.run('iw', 'dev', name, 'get', 'power_save'))?.includes('on')) {
    const hint = `It costs up to 100 ms a packet: sudo iw dev ${name} set power_save off, or powersave = 2 in NetworkManager.`;
    findings.push(warn('Wi-Fi saves power', hint));
  }
  return findings;
}

export const gateway: Check = {
  name: 'gateway',
  async run(system) {
    if (system.gateway === undefined) return [skip('no gateway given: --gateway URL or EARSHOT_GATEWAY')];
    const answer = await system.health(system.gateway);
    if (!answer.ok) return [fail(answer.error.message, answer.error.hint)];
    const { version, roundTripsMs, clockOffsetMs = 0 } = answer.value;
    const sorted = [...roundTripsMs].sort((a, b) => a - b);
    const [best = 0, median = 0, worst = 0] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
    const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
    const what = `Earshot ${version}, round trip ${ms(median)} ms (${ms(best)} to ${ms(worst)})`;
    const findings = [
      median > HIGH_NETWORK_LATENCY_MS
        ? warn(what, 'Replies will be buffered longer before they start: a nearer gateway, or a cable, helps.')
        : ok(what),
    ];
    if (Math.abs(clockOffsetMs) > MAX_CLOCK_OFFSET_MS) {
      const seconds = (clockOffsetMs / 1_000).toFixed(0);
      findings.push(
        warn(`its clock differs from ours by ${seconds} s`, 'One of the two is wrong: check with timedatectl on each.'),
      );
    }
    return findings;
  },
};
