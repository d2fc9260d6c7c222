/**
 * Free disk and memory, temperature and power supply of the board.
 */
import { type Check, type CheckFinding, fail, ok, warn } from './check.ts';

const MIB = 1_024 * 1_024;
/** Ten stored turns of a minute are 2 MB; the rest is for logs and other programs. */
const LITTLE_DISK_MIB = 100;
const NO_DISK_MIB = 10;
/** The daemon needs about 60 MB. */
const LITTLE_MEMORY_MIB = 80;
const NO_MEMORY_MIB = 30;
/**
 * Most memory that a board of 512 MB reports (a Pi Zero 2 W: 418 MB). There the 8 MB of a second thread are 3 % of what
 * is usually free. On a board of 1 GB they are below 2 %, and it is more important that a crash of native audio ends
 * only its thread.
 */
const SMALL_BOARD_MIB = 512;
/** A Pi throttles from 80 °C on (Raspberry Pi documentation, "Frequency management and thermal control"). */
const HOT_C = 80;
const WARM_C = 70;

export const disk: Check = {
  name: 'disk',
  run(system) {
    const { stateFolder } = system;
    if (stateFolder === undefined) {
      const hint = 'Give a folder with --state or EARSHOT_STATE.';
      return [fail('HOME is not set: there is no folder to store turns without a link', hint)];
    }
    const bytes = system.freeBytes(stateFolder);
    if (bytes === undefined) return [warn(`${stateFolder} cannot be read`, 'Check --state.')];
    if (!system.can('write', stateFolder)) {
      const hint =
        'Check --state and its owner; a card that became read-only is worn out or was unplugged while running.';
      return [fail(`${stateFolder} is not writable: turns would be lost without a link`, hint)];
    }
    const free = `${Math.round(bytes / MIB)} MiB free in ${stateFolder}`;
    if (bytes < NO_DISK_MIB * MIB)
      return [fail(free, 'Free some space: sudo journalctl --vacuum-size=50M; sudo apt clean.')];
    if (bytes < LITTLE_DISK_MIB * MIB)
      return [warn(free, 'Free some space: sudo journalctl --vacuum-size=50M; sudo apt clean.')];
    return [ok(free)];
  },
};

export const memory: Check = {
  name: 'memory',
  run({ read }) {
    const mibOf = (name: string) => {
      const kib = new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(read('/proc/meminfo') ?? '')?.[1];
      return kib === undefined ? undefined : Math.round(Number(kib) / 1_024);
    };
    const mib = mibOf('MemAvailable');
    const totalMib = mibOf('MemTotal');
    if (mib === undefined) return [];
    const isSmall = totalMib !== undefined && totalMib <= SMALL_BOARD_MIB;
    const what = `${mib} MiB available${isSmall ? ` of ${totalMib}: --threads one is recommended (EARSHOT_THREADS=one), it takes 8 MB less` : ''}`;
    const hint =
      'Stop programs that are not needed: a Pi that swaps to its card interrupts audio. The desktop: sudo raspi-config, boot to console.';
    if (mib < NO_MEMORY_MIB) return [fail(what, hint)];
    return [mib < LITTLE_MEMORY_MIB ? warn(what, hint) : ok(what)];
  },
};

export const heat: Check = {
  name: 'heat',
  run({ read }) {
    const celsius = Number(read('/sys/class/thermal/thermal_zone0/temp')?.trim() ?? Number.NaN) / 1_000;
    if (Number.isNaN(celsius)) return [];
    const what = `the processor is at ${celsius.toFixed(0)} °C`;
    if (celsius >= HOT_C) return [warn(`${what} and slows down`, 'Give it a heat sink or better ventilation.')];
    return [celsius >= WARM_C ? warn(what, 'Give it a heat sink before it slows down at 80.') : ok(what)];
  },
};

/** Bits of get_throttled (Raspberry Pi documentation, vcgencmd): now, and since boot. */
const UNDER_VOLTAGE = 0x1;
const THROTTLED = 0x2 | 0x4 | 0x8;
const SINCE_START = 16;

export const power: Check = {
  name: 'power',
  async run({ read, run }) {
    const told =
      read('/sys/devices/platform/soc/soc:firmware/get_throttled') ?? (await run('vcgencmd', 'get_throttled'));
    const hex = /(?:throttled=0x|^)([0-9a-f]+)\s*$/i.exec(told?.trim() ?? '')?.[1];
    if (hex === undefined) return [];
    const bits = Number.parseInt(hex, 16);
    const findings: CheckFinding[] = [];
    const supply = 'Use a supply of 5 V and 2.5 A, and a short, thick cable.';
    if (bits & UNDER_VOLTAGE) findings.push(warn('the voltage is too low', supply));
    else if (bits & (UNDER_VOLTAGE << SINCE_START)) findings.push(warn('the voltage was too low since boot', supply));
    if (bits & THROTTLED)
      findings.push(warn('the processor is throttled', 'It is too hot, or its power supply is too weak.'));
    return findings.length > 0 ? findings : [ok('voltage and frequency are normal')];
  },
};
