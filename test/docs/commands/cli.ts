/** `npm run test:docs [-- --long]`: each command of README.md and docs/, what became of it, and of the others why they are not run. */

import { commandOptions, flag } from '../../support/command-options.ts';
import { reasonOf } from './treatments.ts';
import { tryCommands } from './try-commands.ts';

const { long } = commandOptions('npm run test:docs', 'Runs the commands of README.md and docs/.', {
  long: flag('also those that take minutes'),
});
const tried = await tryCommands({
  long,
  onCommand({ page, line, treatment, result }) {
    const what = result
      ? result.ok
        ? 'ok'
        : 'FAILED'
      : treatment.kind === 'exception'
        ? reasonOf(treatment)
        : treatment.wantsCards
          ? 'needs PulseAudio'
          : `only with --long; short in ${treatment.shortForm?.file}`;
    say(`${page}: ${line}\n    ${what}`);
    if (result && !result.ok) say(result.output.replaceAll(/^/gm, '    | '));
  },
});
const run = tried.filter(({ result }) => result);
const failed = run.filter(({ result }) => !result?.ok);
say(`${tried.length} commands, ${run.length} run, ${failed.length} failed`);
if (failed.length > 0) process.exitCode = 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
