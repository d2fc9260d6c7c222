/**
 * The completion that `earshot completion` prints, as each shell understands it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { bashCompletion } from '../../src/cli/completion/bash.ts';
import { type CommandNode, commandTree } from '../../src/cli/completion/command-tree.ts';
import { fishCompletion } from '../../src/cli/completion/fish.ts';
import { zshCompletion } from '../../src/cli/completion/zsh.ts';
import { createProgram } from '../../src/cli/program.ts';
import { inTemporaryFolder } from '../support/cli.ts';

/** The words before the cursor, and some of what is offered there; a file `speech.wav` and a folder `state` are in the folder. */
type Case = [words: string[], offered: string[], notOffered: string[]];
const CASES: Case[] = [
  [[''], ['start', 'turns', 'completion'], ['play']],
  [['tur'], ['turns'], ['start']],
  [['turns', ''], ['play'], ['start']],
  [['turns', '--fo'], ['--follow'], ['--frames-per-packet']],
  [['turns', 'play', '--'], ['--output', '--state'], ['--follow']],
  [['run', '--mode', ''], ['push', 'voice', 'wake'], ['start']],
  [['run', '--muted', '--mode', 'w'], ['wake'], ['push']],
  [['analyze', 'sp'], ['speech.wav'], []],
  [['run', '--state', 's'], ['state'], []],
  [['completion', ''], ['bash', 'zsh', 'fish'], []],
];
/** Fish offers the whole word. */
const IN_ONE_WORD = (offered: string): Case => [['run', '--mode=w'], [offered], ['start']];

let tree: CommandNode;
before(async () => {
  tree = commandTree(await createProgram());
});

function run(context: TestContext, shell: string, script: string, folder: string): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(shell, ['-c', script], { cwd: folder, encoding: 'utf8' });
  if (error) {
    assert.notEqual(process.env.EARSHOT_REQUIRE_SHELLS, '1', `${shell} is missing`);
    context.skip(`${shell} is not installed`);
    return undefined;
  }
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

/** @param ask the script that prints what is offered for these words, one a line */
async function check(
  context: TestContext,
  shell: string,
  source: string,
  ask: (words: string[]) => string,
  more: readonly Case[] = [],
) {
  await inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, `completion.${shell}`), source);
    writeFileSync(join(folder, 'speech.wav'), '');
    spawnSync('mkdir', ['state'], { cwd: folder });
    for (const [words, offered, notOffered] of [...CASES, ...more]) {
      const printed = run(context, shell, ask(words), folder);
      if (printed === undefined) return;
      const found = printed.split(/\s+/).map((each) => each.replace(/\/$/, ''));
      for (const each of offered) assert.ok(found.includes(each), `${words.join(' ')}: ${each} in ${printed}`);
      for (const each of notOffered) assert.ok(!found.includes(each), `${words.join(' ')}: ${each} in ${printed}`);
    }
  });
}

test('bash', (context) =>
  check(context, 'bash', bashCompletion(tree), (words) => {
    const all = ['earshot', ...words].map((word) => `'${word}'`).join(' ');
    return `. ./completion.bash; COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _earshot; printf '%s\\n' "\${COMPREPLY[@]}"`;
  }));

test('bash, of which --mode=voice has three words', (context) =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'completion.bash'), bashCompletion(tree));
    const offered = (...words: string[]) =>
      run(
        context,
        'bash',
        `. ./completion.bash; COMP_WORDS=(earshot run ${words.join(' ')}); COMP_CWORD=${words.length + 1}; _earshot; echo "\${COMPREPLY[@]}"`,
        folder,
      );
    assert.equal(offered('--mode', '='), 'push voice wake\n');
    assert.equal(offered('--mode', '=', 'w'), 'wake\n');
  }));

test('fish', (context) =>
  check(
    context,
    'fish',
    fishCompletion(tree),
    (words) => `source completion.fish; complete -C 'earshot ${words.join(' ')}' | cut -f1`,
    [IN_ONE_WORD('--mode=wake')],
  ));

/** Completion works on a terminal only: in one of its own a shell prints what `compadd` is given, in place of adding it. */
const ZSH_SETUP = `
stty -echo
PROMPT=
unsetopt beep
unset zle_bracketed_paste
autoload -Uz compinit; compinit -u -d ./dump
. ./completion.zsh
bindkey '^I' complete-word
begin() { print BEGIN }
finish() { print END }
compprefuncs=(begin)
comppostfuncs=(finish)
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ " \${(j: :)@[1,(i)(-|--)]} " == *' -'[OAD]' '* ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  (( $#hits ))
}
print READY
`;

test('zsh', (context) =>
  check(
    context,
    'zsh',
    zshCompletion(tree),
    (words) => `zmodload zsh/zpty
      print -r -- ${quoted(ZSH_SETUP)} > setup.zsh
      zpty shell 'TERM=dumb zsh -f -i'
      zpty -w shell '. ./setup.zsh'
      zpty -r shell text '*READY*'
      zpty -n -w shell ${quoted(`earshot ${words.join(' ')}`)}$'\\t'
      zpty -r shell text '*END*'
      zpty -d shell
      print -r -- "\${text##*BEGIN}"`,
    [IN_ONE_WORD('wake')],
  ));

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
