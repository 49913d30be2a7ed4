import type { Stage } from '../../grammar/ast.ts';
import { columnNamed } from '../columns/batch.ts';
import { isSet } from '../columns/column.ts';
import type { OperatorDefinition } from '../define.ts';
import { asText } from './extraction.ts';
import { FoundFields } from './found-fields.ts';
import { flattenAll } from './json-auto.ts';

/**
 * A stage that auto parse mode puts before the others: the fields of JSON messages as `json auto` finds
 * them, but a value that came with the message wins. It is no parse stage: later ones do not form a
 * chain with it. No text can name it.
 */
export const autoParse: OperatorDefinition = {
  kind: 'operator',
  name: 'auto parse',
  summary: 'Makes the fields of JSON messages in auto parse mode.',
  syntax: {},
  reads: () => ['_raw'],
  writes: () => 'all',
  keepsEarlier: () => true,
  order: 'keeps',
  split: 'anywhere',
  start(_args, context) {
    const flatten = flattenAll();
    return {
      push(batch, out) {
        const text = asText(columnNamed(batch, '_raw'));
        const fields = new FoundFields(text.data, batch.length, (name) => context.needed(name));
        for (let row = 0; row < batch.length; row++) {
          if (isSet(text.validity, row)) flatten(text.data, text.starts[row]!, text.ends[row]!, row, fields);
        }
        out.push(fields.fillIn(batch));
      },
      finish() {},
    };
  },
  examples: [],
};

/** The stage; it stands at `at`, an offset of the query's text. */
export function autoParseStage(at: number): Stage {
  const span = { start: at, end: at };
  return { kind: 'operator', name: autoParse.name, nameSpan: span, args: {}, span };
}
