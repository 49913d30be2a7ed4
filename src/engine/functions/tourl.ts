import { error } from '../../grammar/diagnostics.ts';
import { linkText } from '../columns/link.ts';
import { defineFunction, exampleOf } from '../define.ts';

/** `tourl(url, label [, prefix, suffix])`. */
export const tourl = defineFunction({
  name: 'tourl',
  summary: 'A link.',
  description: [
    'It shows the label, with the prefix before it and the suffix after it where they are given (both or neither), and leads to the',
    'address. Links group and sort by label, then address. A table in a terminal shows them as links; everything else, as text, has',
    'the labels alone. Null labels count as empty; with a null address it is the plain label. The alias is needed as a stage.',
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
  makesLinks: true,
  evaluate([url, name, prefix, suffix]) {
    const label = `${prefix ?? ''}${name ?? ''}${suffix ?? ''}`;
    return url === null ? label : linkText({ label, url: url as string });
  },
  examples: [exampleOf('tourl("https://example.com/1", "issue 1")', 'issue 1')],
});
