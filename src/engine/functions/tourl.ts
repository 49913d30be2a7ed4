import { error } from '../../grammar/diagnostics.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** `tourl(url, label [, prefix, suffix])`. */
export const tourl = defineFunction({
  name: 'tourl',
  summary: 'The label of a link.',
  description: [
    'The result is the label, with the prefix before it and the suffix after it where they are given (both or neither).',
    'Results are text, so the address itself is not shown. Null labels count as empty; the alias is needed as a stage.',
  ].join(' '),
  parameters: [
    { name: 'url', type: 'string' },
    { name: 'label', type: 'string' },
    { name: 'prefix', type: 'string', optional: true },
    { name: 'suffix', type: 'string', optional: true },
  ],
  returns: 'string',
  nulls: 'handle',
  withoutAlias: 'error',
  check: ({ args, span }) =>
    args.length === 3
      ? [
          error('wrong-arguments', span, '`tourl` takes a prefix and a suffix, or neither; found a prefix', {
            help: 'write `""` for an empty suffix',
          }),
        ]
      : [],
  evaluate: ([, label, prefix, suffix]) => `${prefix ?? ''}${label ?? ''}${suffix ?? ''}`,
  examples: [exampleOf('tourl("https://example.com/1", "issue 1")', 'issue 1')],
});
