/**
 * The tools that the assistant called, with what it gave them.
 */
import { Pill } from '../../design/states.tsx';
import type { ShownTurn } from './shown-turn.ts';

export function ToolsUsed({ tools }: { tools: NonNullable<ShownTurn['tools']> }) {
  return (
    <section class="card" aria-labelledby="tools">
      <header>
        <h3 id="tools">Tools used</h3>
      </header>
      <ul class="list">
        {tools.map(({ name, input, error }, i) => (
          <li key={i} class="tool">
            <p class="row">
              <b class="mono">{name}</b>
              {error !== undefined && <Pill tone="danger">{error}</Pill>}
            </p>
            <pre class="mono">{indented(input)}</pre>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `input` is JSON, unless something is wrong with the model that made it. */
function indented(input: string): string {
  try {
    return JSON.stringify(JSON.parse(input), null, 2);
  } catch {
    return input;
  }
}
