import { error } from '../../grammar/diagnostics.ts';
import { field, list, optional, symbol } from '../../grammar/syntax.ts';
import { pickColumns, type Schema } from '../columns/batch.ts';
import { defineOperator, perBatch } from '../define.ts';

/** `fields a, b` keeps fields, `fields - a, b` removes them. */
export const fields = defineOperator({
  name: 'fields',
  summary: 'Keeps only the named fields, or removes them.',
  description: [
    '`fields a, b` on messages keeps these and every field that starts with `_`; after an aggregate, only these,',
    'in this order. `fields - a, b` removes the named fields, also those that start with `_`.',
  ].join('\n'),
  syntax: { remove: optional(symbol('-')), fields: list(field()) },
  reads: (args) => (args.remove === null ? args.fields.map((each) => each.name) : []),
  writes: () => [],
  passes(args, name, raw) {
    const named = args.fields.some((each) => each.name.toLowerCase() === name.toLowerCase());
    if (args.remove !== null) return !named;
    return named || (raw && name.startsWith('_'));
  },
  order: 'keeps',
  split: 'anywhere',
  inRules: true,
  check(args) {
    const seen = new Set<string>();
    return args.fields.flatMap((each) => {
      const key = each.name.toLowerCase();
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      return [error('duplicate-name', each.span, `\`fields\` names \`${each.name}\` twice`)];
    });
  },
  start(args, { raw }) {
    let schema: Schema | null = null;
    let positions: readonly number[] = [];
    return perBatch((batch) => {
      if (batch.schema !== schema) {
        schema = batch.schema;
        positions = positionsKept(schema, args.fields, args.remove !== null, raw);
      }
      return pickColumns(batch, positions);
    });
  },
  examples: [
    {
      query: '* | parse "a=* b=*" as a, b | count by a, b | fields b, a',
      input: 'a=1 b=2',
      expect: 'b,a\n2,1',
    },
    {
      query: '* | parse "a=*" as a | count by a | fields - _count',
      input: 'a=1\na=2',
      expect: 'a\n1\n2',
    },
  ],
});

function positionsKept(
  schema: Schema,
  named: readonly { readonly name: string }[],
  remove: boolean,
  raw: boolean,
): readonly number[] {
  const positions = named.map((each) => schema.find(each.name)).filter((position) => position >= 0);
  if (!remove && !raw) return positions;
  const chosen = new Set(positions);
  const all = schema.names.map((_, position) => position);
  if (remove) return all.filter((position) => !chosen.has(position));
  const system = all.filter((position) => !chosen.has(position) && schema.names[position]!.startsWith('_'));
  return [...system, ...positions];
}
