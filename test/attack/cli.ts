/**
 * `npm run attack`: all hostile clients attack a gateway while honest devices run turns. Everything is on this
 * machine's loopback addresses, and ends without intervention.
 */
import { parseArgs } from 'node:util';
import { allAttacks, type NamedAttack } from './attack.ts';
import { type RunResult, runAttacks } from './run.ts';
import { attackRow, runTable } from './table.ts';
import { buildWeakened } from './weakened.ts';

const HELP = `npm run attack -- [options]

  --minutes N      how long each of the two runs takes (1)
  --only NAME,…    only these attacks
  --durable        the gateway's cloud keeps what it has; otherwise it is ephemeral
  --alone          each attack by itself
  --undefended     the same, each without its defence: shows the damage
  --seconds N      how long each of these may take (20)
  --honest N       honest devices (10; against one attack 3)
  --raise N        raises the priority of gateway and honest devices (root): for a machine with other load
  --seed N         of the hostile clients' random numbers
  --json           print JSON
  --log            also print the end of the gateway's log
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    honest: { type: 'string' },
    durable: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    undefended: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    raise: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

if (values.help) {
  print(HELP);
  process.exit(0);
}

const only = values.only?.split(',');
const attacks = (await allAttacks()).filter(({ name }) => !only || only.includes(name));
const seed = Number(values.seed);
const results = values.alone || values.undefended ? await oneByOne(attacks) : await allAtOnce();
if (values.json) print(JSON.stringify(results, undefined, 2));

async function allAtOnce(): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const apart of [false, true]) {
    const title = apart ? 'hostile clients at separate addresses' : 'hostile and honest clients at one address';
    say(`${title} …`);
    const result = await runAttacks({
      title,
      attacks: attacks.filter(({ gateway }) => !gateway),
      apart,
      isDurable: values.durable,
      honestDevices: Number(values.honest ?? 10),
      seconds: Number(values.minutes) * 60,
      scale: 1,
      seed,
      raise: Number(values.raise),
    });
    results.push(result);
    if (!values.json) for (const line of runTable(result)) print(line);
    if (values.log) say(result.log);
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
    const { name, gateway = [], defence } = attack;
    const { limits: off = [], code = [] } = values.undefended ? defence : {};
    const weakened = code.length > 0 ? await buildWeakened(code) : undefined;
    const result = await runAttacks({
      title: name,
      attacks: [attack],
      apart: false,
      isDurable: values.durable,
      honestDevices: Number(values.honest ?? 3),
      seconds: Number(values.seconds),
      scale: 1,
      seed,
      raise: Number(values.raise),
      args: [...gateway, ...off.flatMap((limit) => ['--limit', `${limit}=off`])],
      endsWhenBroken: true,
      ...(weakened && { command: weakened.command }),
    });
    weakened?.remove();
    results.push(result);
    const isAsItShould = result.problems.length > 0 === values.undefended;
    if (!isAsItShould) process.exitCode = 1;
    if (!values.json) for (const line of attackRow(attack, result, values.undefended)) print(line);
    if (values.log) say(result.log);
  }
  return results;
}
