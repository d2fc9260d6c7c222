/**
 * The structure of the project: `npm run structure` writes the table of permitted imports into docs/layers.md; `npm run
 * structure:check` reports violations, circular imports, and names with two meanings.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { folderCycles, moduleCycles } from './structure/cycles.ts';
import { sharedNames } from './structure/exported-names.ts';
import { layeringFaults, tableFaults } from './structure/layering.ts';
import { LAYERS } from './structure/layers.ts';
import { readModules } from './structure/modules.ts';
import { withTable } from './structure/page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = fileURLToPath(new URL('../docs/layers.md', import.meta.url));
const page = readFileSync(path, 'utf8');
const wanted = withTable(page, LAYERS);

if (process.argv.includes('--check')) {
  const modules = readModules(root);
  const faults = [
    ...tableFaults(modules, LAYERS),
    ...layeringFaults(modules, LAYERS),
    ...moduleCycles(modules),
    ...folderCycles(modules),
    ...sharedNames(modules),
    ...(page === wanted
      ? []
      : ['docs/layers.md does not have the table of deploy/structure/layers.ts: npm run structure']),
  ];
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
} else if (page !== wanted) writeFileSync(path, wanted);
