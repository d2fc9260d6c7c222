/**
 * Writes the table of limits into docs/security.md from src/core/limits/limits.ts: `npm run limits`. With --check it only checks that
 * the table is up to date (`npm run limits:check`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../src/core/limits/limits.ts';

const path = fileURLToPath(new URL('../docs/security.md', import.meta.url));
const BEGIN = '<!-- limits: npm run limits -->\n';
const END = '<!-- end of limits -->\n';

function table(): string {
  const rows = Object.entries(LIMITS).map(([name, { unit, value, description }]) => {
    return `| \`${name}\` | ${value.toLocaleString('en')} ${unit} | ${description.replaceAll('|', '\\|')} |`;
  });
  return `\n| name | default | limit on |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
}

const page = readFileSync(path, 'utf8');
const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
if (before < 0 || after < before)
  throw new Error(`docs/security.md does not contain the markers of the table: ${BEGIN.trim()} … ${END.trim()}`);
const wanted = page.slice(0, before) + BEGIN + table() + page.slice(after);
if (process.argv.includes('--check')) {
  if (page !== wanted) {
    process.stderr.write(
      'docs/security.md does not have the limits of src/core/limits/limits.ts. Run: npm run limits\n',
    );
    process.exitCode = 1;
  }
} else if (page !== wanted) writeFileSync(path, wanted);
