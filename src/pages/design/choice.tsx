/**
 * One of a few, as joined buttons; arrow keys choose, Tab leaves. For more than five, or long names, take a `<select>`.
 *
 *   <Choice label="How to talk" value={mode} options={[['hold', 'Hold'], ['tap', 'Tap'], ['voice', 'Voice']]} onChoose={setMode} />
 */
interface ChoiceOptions<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  onChoose: (value: Value) => void;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function Choice<Value extends string>({ label, value, options, onChoose }: ChoiceOptions<Value>) {
  function onKeyDown(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = (options.findIndex(([each]) => each === value) + step + options.length) % options.length;
    const next = options[at];
    if (!next) return;
    onChoose(next[0]);
    (event.currentTarget.children[at] as HTMLElement | undefined)?.focus();
  }
  return (
    <div class="group" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {options.map(([each, text]) => (
        // biome-ignore lint/a11y/useSemanticElements: joined buttons; radio inputs need hidden elements for the same look
        <button
          type="button"
          role="radio"
          key={each}
          aria-checked={each === value}
          tabIndex={each === value ? 0 : -1}
          onClick={() => onChoose(each)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
