/**
 * `npm run score:skills`: what the skills understand of all sentences and voices, in both halves. `--failures VOICE` lists what was
 * misunderstood of the half that the rules are tuned on.
 */
import { createJudge, type Outcome, readPhrasings, readTranscripts, VOICES } from './score.ts';

const judge = createJudge();
const transcripts = readTranscripts();
const listed = process.argv[process.argv.indexOf('--failures') + 1];
const before = process.cpuUsage();
let answers = 0;
for (const half of ['tuned', 'other'] as const) {
  const phrasings = readPhrasings().filter((phrasing) => phrasing.half === half);
  for (const voice of VOICES) {
    const counts: Record<Outcome, number> = { right: 0, 'not understood': 0, wrong: 0, 'wrong action': 0 };
    for (const phrasing of phrasings) {
      const heard = (voice === 'typed' ? undefined : transcripts[phrasing.said]?.[voice]) ?? phrasing.said;
      const { outcome, decision } = await judge(phrasing, heard);
      counts[outcome]++;
      answers++;
      if (outcome !== 'right' && half === 'tuned' && listed === voice) {
        process.stderr.write(`${phrasing.said} → ${heard} → ${JSON.stringify(decision)}\n`);
      }
    }
    const percent = ((100 * counts.right) / phrasings.length).toFixed(1);
    const unheard = voice === 'typed' ? 0 : phrasings.filter(({ said }) => transcripts[said] === undefined).length;
    const note = unheard > 0 ? `  (${unheard} of ${phrasings.length} as typed: no transcript)` : '';
    process.stdout.write(`${half} ${voice.padEnd(8)} ${percent} % right  ${JSON.stringify(counts)}${note}\n`);
  }
}
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${((user + system) / 1_000 / answers).toFixed(1)} ms CPU an answer\n`);
