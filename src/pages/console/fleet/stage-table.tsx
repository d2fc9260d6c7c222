/**
 * The latency by stage: where the time goes.
 */
import { durationText } from '../../design/formats.ts';
import { STAGE_LABELS } from '../../design/turn-latency.ts';

type Stages = Record<string, { count: number; p50Ms: number; p95Ms: number }>;

/** In the order of the audio, each part of the cloud's time below it. */
const ORDER = [
  ...['capture', 'packetFill', 'encode', 'uplink'],
  ...['cloud', 'recognition', 'firstToken', 'firstSentence', 'firstAudio'],
  ...['downlink', 'jitterBuffer', 'decode', 'playback', 'total'],
];
const PARTS = new Set(['recognition', 'firstToken', 'firstSentence', 'firstAudio']);
const LABELS: Record<string, string> = { ...STAGE_LABELS, total: 'Whole' };

export function StageTable({ stages }: { stages: Stages }) {
  const measured = ORDER.filter((name) => stages[name] !== undefined);
  const mostMs = Math.max(1, ...measured.map((name) => (name === 'total' ? 0 : (stages[name]?.p95Ms ?? 0))));
  return (
    <section class="card" aria-labelledby="stages">
      <header>
        <h2 id="stages">By stage</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="table-frame" tabIndex={0} aria-label="Table of the stages">
        <table class="stage-table">
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col" class="number">
                p50
              </th>
              <th scope="col" class="number">
                p95
              </th>
              <th scope="col" class="bar">
                <span class="hidden-text">p50 as a bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {measured.map((name) => (
              <tr key={name} data-stage={name} class={name === 'total' ? 'whole' : PARTS.has(name) ? 'part' : ''}>
                <th scope="row">{LABELS[name]}</th>
                <td class="number">{durationText(stages[name]?.p50Ms ?? 0)}</td>
                <td class="number">{durationText(stages[name]?.p95Ms ?? 0)}</td>
                <td class="bar">
                  {name !== 'total' && (
                    <i
                      style={{
                        '--share': String((stages[name]?.p50Ms ?? 0) / mostMs),
                        '--tail': String((stages[name]?.p95Ms ?? 0) / mostMs),
                      }}
                    />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
