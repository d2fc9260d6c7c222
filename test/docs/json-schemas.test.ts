/** What `--json` prints is as docs/schemas/ describes it: real output of the commands, checked against the schema of each. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { commandsIn, commandTree } from '../../src/cli/completion/command-tree.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createWorld } from './commands/world.ts';

const FOLDER = new URL('../../docs/schemas/', import.meta.url);
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
formats.default(ajv);

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[] };

const nameOf = (path: string) => path.replaceAll(' ', '-');

function schemaOf(path: string): Schema {
  return JSON.parse(readFileSync(new URL(`${nameOf(path)}.json`, FOLDER), 'utf8')) as Schema;
}

test('each command that prints JSON has a schema, and each schema a command', async () => {
  const commands = commandsIn(commandTree(await createProgram()));
  const printing = commands.filter(({ options }) => options.some(({ names }) => names.includes('--json')));
  const files = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ''));
  assert.deepEqual(files.sort(), printing.map(({ path }) => nameOf(path)).sort());
});

test('each field is described; times are ISO 8601', () => {
  for (const file of readdirSync(FOLDER)) checkFields(schemaOf(file.replace(/\.json$/, '')), file);
});

function checkFields(schema: Schema, at: string): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const described = field.description ?? field.$ref ?? field.const;
    assert.ok(described !== undefined, `${at}: ${name} has no description`);
    if (/^at$|[a-z]At$/.test(name)) assert.equal(field.format, 'date-time', `${at}: ${name}`);
    checkFields(field, `${at}: ${name}`);
  }
  for (const each of [schema.items, ...(schema.anyOf ?? [])]) if (each) checkFields(each, at);
}

const COMMANDS: readonly (readonly [path: string, rest?: string])[] = [
  ['turns'],
  ['pair list'],
  ['quota', 'turns=200 connections=50'],
  ['settings', 'kitchen volume=40 followUp=8 quiet=22:00-07:00 persona=Kind units=metric'],
  ['memory show', 'kitchen'],
  ['memory lists', 'kitchen'],
  ['cloud status'],
  ['cloud admin-key'],
  ['cloud export', 'snapshot.zip'],
  ['replies list'],
  ['console'],
  ['dead-letters'],
  ['devices'],
  ['devices test', '--input silence --output null --seconds 1'],
  ['doctor'],
  ['models list'],
  ['config', 'run'],
  ['analyze', 'sorry.wav'],
  ['opus', '--input sorry.wav'],
  ['loss', '--input sorry.wav --rates 5'],
  ['simulate', '--input sorry.wav --trace trace.txt --packet-ms 60 --seconds 2'],
  ['home-assistant'],
  ['say', 'kitchen hello'],
  ['start', '--once --input sorry.wav --output null --state other'],
  ['control', 'kitchen mute'],
];

test('the real output is as the schema says', async () => {
  const world = await createWorld();
  try {
    await world.startGateway(0);
    await world.shell.run('printf "0\\n20\\n60\\n0\\n" > trace.txt', 10_000);
    for (const [path, rest = ''] of COMMANDS) {
      if (path === 'control') await world.connectDevice();
      const { output } = await world.shell.run(`earshot ${path} ${rest} --json 2>/dev/null`, 120_000);
      const lines = output.split('\n').filter((line) => line !== '');
      // There are no rejected records here.
      assert.ok(lines.length > 0 || path === 'dead-letters', `earshot ${path} printed nothing`);
      const validate = ajv.compile(schemaOf(path));
      for (const line of lines) {
        assert.ok(validate(JSON.parse(line)), `earshot ${path}: ${ajv.errorsText(validate.errors)}\n${line}`);
      }
    }
  } finally {
    await world.close();
  }
});
