import { type Check, fail, ok, warn } from './check.ts';

/** package.json, engines. */
const OLDEST: [major: number, minor: number] = [20, 19];
/** The version it was measured with; later ones take 14 to 40 MB more. */
const LEANEST_MAJOR = 20;

export const node: Check = {
  name: 'node',
  run({ nodeVersion, platform, arch, read }) {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const what = `Node ${nodeVersion} on ${platform} ${arch}`;
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      return [fail(what, `Install Node ${OLDEST.join('.')} or later.`)];
    }
    if (arch === 'arm' && /ARMv6/.test(read('/proc/cpuinfo') ?? '')) {
      return [fail(`${what}, ARMv6`, 'This board is too old for Node 20: use a Pi Zero 2 W or later.')];
    }
    if (major > LEANEST_MAJOR && (arch === 'arm' || arch === 'arm64')) {
      return [warn(what, `Node ${LEANEST_MAJOR} takes 14 to 40 MB less memory: worth it on a board with 512 MB.`)];
    }
    return [ok(what)];
  },
};
