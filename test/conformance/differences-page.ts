/**
 * Writes the table of differences into docs/embedded-cloud.md from differences.ts: `npm run differences`. With --check it only checks that
 * the table is up to date (`npm run differences:check`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DIFFERENCES } from './suite/differences.ts';

const path = fileURLToPath(new URL('../../docs/embedded-cloud.md', import.meta.url));
const BEGIN = '<!-- differences: npm run differences -->\n';
const END = '<!-- end of differences -->\n';

function table(): string {
  const rows = DIFFERENCES.map(({ backend, does, why, checks }) => {
    return `| ${backend} | ${does} | ${why} | ${checks.map((id) => `\`${id}\``).join(' ')} |`;
  });
  return `\n| where | what it does | why | checks |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\n`;
}

const page = readFileSync(path, 'utf8');
const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
if (before < 0 || after < before) throw new Error(`docs/embedded-cloud.md does not contain the markers ${BEGIN}${END}`);
const wanted = page.slice(0, before) + BEGIN + table() + page.slice(after);
if (process.argv.includes('--check')) {
  if (page !== wanted) {
    process.stderr.write(
      'docs/embedded-cloud.md does not have the differences of differences.ts. Run: npm run differences\n',
    );
    process.exitCode = 1;
  }
} else if (page !== wanted) writeFileSync(path, wanted);
