/**
 * `npm run attack`: all hostile clients attack a gateway while honest devices run turns. Everything is on this
 * machine's loopback addresses, and ends without intervention.
 */

import { commandOptions, count, flag, someOf } from '../support/command-options.ts';
import { allAttacks, type NamedAttack } from './attack.ts';
import { type RunResult, runAttacks } from './run.ts';
import { attackRow, runTable } from './table.ts';
import { buildWeakened } from './weakened.ts';

const everyAttack = await allAttacks();
const options = commandOptions(
  'npm run attack',
  'Hostile clients attack a gateway while honest devices run turns. Everything is on loopback addresses of this machine.',
  {
    minutes: count('how long each of the two runs takes', 1),
    only: someOf(
      everyAttack.map(({ name }) => name),
      'only these attacks',
    ),
    durable: flag("the gateway's cloud keeps what it has; otherwise it is ephemeral"),
    alone: flag('each attack by itself'),
    undefended: flag('the same, each without its defence: shows the damage'),
    seconds: count('how long each of these may take', 20),
    honest: count('honest devices (default: 10; against one attack 3)'),
    raise: count('raises the priority of gateway and honest devices (root): for a machine with other load', 0, 0),
    seed: count("of the hostile clients' random numbers", 1, 0),
    json: flag('prints JSON'),
    log: flag("also prints the end of the gateway's log"),
  },
);

const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

const { seed, raise } = options;
const attacks = everyAttack.filter(({ name }) => options.only.includes(name));
const results = options.alone || options.undefended ? await oneByOne(attacks) : await allAtOnce();
if (options.json) print(JSON.stringify(results, undefined, 2));

async function allAtOnce(): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const apart of [false, true]) {
    const title = apart ? 'hostile clients at separate addresses' : 'hostile and honest clients at one address';
    say(`${title} …`);
    const result = await runAttacks({
      title,
      attacks: attacks.filter(({ gateway }) => !gateway),
      apart,
      isDurable: options.durable,
      honestDevices: options.honest ?? 10,
      seconds: options.minutes * 60,
      scale: 1,
      seed,
      raise,
    });
    results.push(result);
    if (!options.json) for (const line of runTable(result)) print(line);
    if (options.log) say(result.log);
  }
  // An attack that needs other options of the gateway has its own gateway.
  results.push(...(await oneByOne(attacks.filter(({ gateway }) => gateway))));
  if (results.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
  return results;
}

/** Each attack separately. Without its defence it must cause damage, otherwise it proves nothing. */
async function oneByOne(alone: readonly NamedAttack[]): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const attack of alone) {
    const { name, gateway = [], tenant, defence } = attack;
    const { limits: off = [], code = [] } = options.undefended ? defence : {};
    const args = [...gateway, ...off.flatMap((limit) => ['--limit', `${limit}=off`])];
    const weakened = code.length > 0 ? await buildWeakened(code) : undefined;
    const result = await runAttacks({
      title: name,
      attacks: [attack],
      apart: false,
      isDurable: options.durable,
      honestDevices: options.honest ?? 3,
      seconds: options.seconds,
      scale: 1,
      seed,
      raise,
      ...(tenant === undefined ? { args } : { tenant: { name: tenant, args } }),
      endsWhenBroken: true,
      ...(weakened && { command: weakened.command }),
    });
    weakened?.remove();
    results.push(result);
    const isAsItShould = result.problems.length > 0 === options.undefended;
    if (!isAsItShould) process.exitCode = 1;
    if (!options.json) for (const line of attackRow(attack, result, options.undefended)) print(line);
    if (options.log) say(result.log);
  }
  return results;
}
