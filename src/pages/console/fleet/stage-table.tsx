/**
 * The latency by stage: where the time goes.
 */
import { durationText } from '../../design/formats.ts';

type Stages = Record<string, { count: number; p50Ms: number; p95Ms: number }>;

/** In the order of the audio. `isPart`: it is within the cloud's time. */
const STAGES: { name: string; label: string; isPart?: true }[] = [
  { name: 'capture', label: 'Microphone' },
  { name: 'packetFill', label: 'Filling a packet' },
  { name: 'encode', label: 'Encoding' },
  { name: 'uplink', label: 'To the gateway' },
  { name: 'cloud', label: 'Gateway' },
  { name: 'recognition', label: 'recognition', isPart: true },
  { name: 'firstToken', label: 'first word of the answer', isPart: true },
  { name: 'firstSentence', label: 'first sentence', isPart: true },
  { name: 'firstAudio', label: 'first sound', isPart: true },
  { name: 'downlink', label: 'To the device' },
  { name: 'jitterBuffer', label: 'Jitter buffer' },
  { name: 'decode', label: 'Decoding' },
  { name: 'playback', label: 'Loudspeaker' },
  { name: 'total', label: 'Whole' },
];

export function StageTable({ stages }: { stages: Stages }) {
  const measured = STAGES.filter(({ name }) => stages[name] !== undefined);
  const mostMs = Math.max(1, ...measured.map(({ name }) => (name === 'total' ? 0 : (stages[name]?.p95Ms ?? 0))));
  return (
    <section class="card" aria-labelledby="stages">
      <header>
        <h2 id="stages">By stage</h2>
      </header>
      <div class="table-frame">
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
            {measured.map(({ name, label, isPart }) => (
              <tr key={name} data-stage={name} class={name === 'total' ? 'whole' : isPart ? 'part' : ''}>
                <th scope="row">{label}</th>
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
      </div>
    </section>
  );
}
