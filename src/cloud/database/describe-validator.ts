/** A validator as it is written in code, like `v.array(v.string())`: a part of Convex's errors. */
import type { ValidatorJSON } from 'convex/values';

/** The names that differ from those of the JSON format. */
const NAMES: Partial<Record<ValidatorJSON['type'], string>> = { number: 'float64', bigint: 'int64' };

export function describeValidator(json: ValidatorJSON): string {
  switch (json.type) {
    case 'id':
      return `v.id("${json.tableName}")`;
    case 'literal':
      return `v.literal(${literalText(json.value)})`;
    case 'array':
      return `v.array(${describeValidator(json.value)})`;
    case 'record':
      return `v.record(${describeValidator(json.keys)}, ${describeValidator(json.values.fieldType)})`;
    case 'union':
      return `v.union(${json.value.map(describeValidator).join(', ')})`;
    case 'object': {
      const fields = Object.entries(json.value).sort(([a], [b]) => (a < b ? -1 : 1));
      const texts = fields.map(([name, { fieldType, optional }]) => {
        const text = describeValidator(fieldType);
        return `${name}: ${optional ? `v.optional(${text})` : text}`;
      });
      return `v.object({${texts.join(', ')}})`;
    }
    default:
      return `v.${NAMES[json.type] ?? json.type}()`;
  }
}

/** What has no literal in JSON is named. */
function literalText(value: unknown): string {
  if (typeof value === 'object' && value !== null) return '$integer' in value ? '<bigint>' : '<number>';
  return typeof value === 'number' && Number.isInteger(value) ? value.toFixed(1) : JSON.stringify(value);
}
