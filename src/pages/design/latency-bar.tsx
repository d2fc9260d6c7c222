/**
 * The latency of a turn by stage, against its budget.
 *
 *   <LatencyBar stages={[{ stage: 'capture', label: 'capture', ms: 9.5 }, …]} totalMs={115} budgetMs={260} />
 */
import { durationText } from './formats.ts';

export interface LatencyStage {
  /** Its colour: a name of stage-names.css. */
  stage: string;
  label: string;
  ms: number;
  /** It took longer than it may. */
  isOver?: boolean;
}

interface LatencyBarOptions {
  stages: readonly LatencyStage[];
  totalMs: number;
  budgetMs?: number;
  /** With names and values under the bar. */
  legend?: boolean;
}

export function LatencyBar({ stages, totalMs, budgetMs, legend = true }: LatencyBarOptions) {
  const sumMs = stages.reduce((sum, { ms }) => sum + ms, 0);
  const fullMs = Math.max(totalMs, sumMs, (budgetMs ?? 0) * 1.1, 1);
  const words = stages.map(({ label, ms }) => `${label} ${durationText(ms)}`).join(', ');
  return (
    <div class="latency">
      <div class="stages" role="img" aria-label={`${durationText(totalMs)}: ${words}`}>
        {stages.map(({ stage, label, ms }) => (
          <i
            data-stage={stage}
            key={stage}
            title={`${label} ${durationText(ms)}`}
            style={{ '--share': (ms / fullMs).toFixed(4) }}
          />
        ))}
        {budgetMs !== undefined && (
          <span
            class="budget"
            title={`budget ${durationText(budgetMs)}`}
            style={{ '--at': (budgetMs / fullMs).toFixed(4) }}
          />
        )}
      </div>
      {legend && (
        <ul class="legend">
          {stages.map(({ stage, label, ms, isOver }) => (
            <li data-stage={stage} class={isOver ? 'over' : ''} key={stage}>
              {label} {durationText(ms)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
