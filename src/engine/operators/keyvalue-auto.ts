import { type Diagnostic, error } from '../../grammar/diagnostics.ts';
import type { Span } from '../../grammar/span.ts';
import { anyOrder, flag, list, optional, sequence, setting, text, word } from '../../grammar/syntax.ts';
import { defineOperator } from '../define.ts';
import { decodeBytes } from '../kernels/bytes.ts';
import { type FoundFields, MOST_FOUND, startFinding } from './found-fields.ts';
import { fieldOfKey, keyFields } from './keyvalue.ts';
import { anyPair, valueGroup } from './keyvalue-patterns.ts';
import {
  asNames,
  checkNameCount,
  checkSubject,
  namesOf,
  subjectOf,
  subjectSetting,
} from './parse-clauses.ts';

/** `keyvalue auto [field=f] [delim "d"] [keys "key", … [as name, …]] [refonly]`. */
export const keyvalueAuto = defineOperator({
  name: 'keyvalue auto',
  aliases: ['kv auto'],
  summary: 'Makes a field of every key-value pair that it finds.',
  description: [
    'Pairs are written `key=value`, `key: value` or `key -> value`; when a message mixes these, `delim "="` says which',
    `one counts. The first ${MOST_FOUND} pairs become fields, more only if named after \`keys\`; of equal keys the last counts.`,
    'Fields are named like their keys, with `_` for everything but letters, digits and `_`. `keys` names fields that',
    'are made in any case and that `as` may rename; `refonly` makes only those. No row is dropped.',
  ].join(' '),
  syntax: {
    mode: anyOrder({
      subject: subjectSetting(),
      delim: setting('delim', text()),
      keys: optional(
        sequence({
          keys: word('keys'),
          key: list(text({ bare: true }), { separator: 'optional-comma' }),
          as: asNames(),
        }),
      ),
      refonly: flag('refonly'),
      nodrop: flag('nodrop'),
    }),
  },
  reads: ({ mode }) => [subjectOf(mode.subject)],
  writes: ({ mode }) => (mode.refonly === true ? declaredOf(mode.keys) : 'all'),
  keepsEarlier: () => true,
  order: 'keeps',
  split: 'anywhere',
  check: ({ mode }, { span }) => [
    ...checkDelimiter(mode.delim),
    ...checkKeys(mode.keys, mode.refonly === true, span),
  ],
  checkPlace: ({ mode }, { span }, before) => checkSubject('keyvalue auto', mode.subject, span, before),
  start({ mode }, context) {
    const declared = declaredOf(mode.keys);
    const regex = anyPair(mode.delim?.value ?? null);
    const fieldByKey = new Map(
      (mode.keys?.key ?? []).map(({ value }, at) => [value.toLowerCase(), declared[at] ?? fieldOfKey(value)]),
    );
    const read = (data: Uint8Array, start: number, end: number, row: number, fields: FoundFields) => {
      let others = 0;
      for (let more = regex.searchBytes(data, start, end); more; more = regex.searchNext()) {
        const key = decodeBytes(data, regex.slots[2]!, regex.slots[3]!);
        const named = fieldByKey.get(key.toLowerCase());
        if (named === undefined && (mode.refonly === true || others++ >= MOST_FOUND)) continue;
        const group = valueGroup(regex, 2);
        fields
          .field(named ?? fieldOfKey(key), key)
          ?.span(row, regex.slots[group * 2]!, regex.slots[group * 2 + 1]!);
      }
    };
    return startFinding(subjectOf(mode.subject), declared, read, context);
  },
  examples: [
    {
      query: '* | kv auto | count by user, rt_ms',
      input: 'user=amy rt.ms=12',
      expect: 'user,rt_ms,_count\namy,12,1',
    },
  ],
});

type Keys = {
  readonly key: Parameters<typeof keyFields>[0];
  readonly as: Parameters<typeof keyFields>[1];
} | null;

function declaredOf(keys: Keys): readonly string[] {
  return keys === null ? [] : keyFields(keys.key, keys.as);
}

function checkDelimiter(
  delim: { readonly value: string; readonly span: Span } | null,
): readonly Diagnostic[] {
  if (delim === null || delim.value !== '') return [];
  return [
    error('bad-value', delim.span, 'the delimiter is empty; it must be at least one character such as `=`'),
  ];
}

function checkKeys(keys: Keys, refonly: boolean, span: Span): readonly Diagnostic[] {
  if (keys !== null) return checkNameCount(keys.key.length, 'key', namesOf(keys.as));
  if (!refonly) return [];
  return [error('wrong-arguments', span, '`refonly` makes only the fields after `keys`, and there are none')];
}
