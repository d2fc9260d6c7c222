import { type Check, fail, ok, warn } from './check.ts';

/** package.json, engines. */
const OLDEST: [major: number, minor: number] = [20, 19];
/** The Node project ends its support of each even version three years after it came out: that of 20 in April 2026. */
const OLDEST_SUPPORTED_MAJOR = 22;

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
    if (major < OLDEST_SUPPORTED_MAJOR) {
      return [warn(what, 'It gets no more security updates, unless it is a package of Debian: install Node 22 or 24.')];
    }
    return [ok(what)];
  },
};
